package main
import ("testing";"context";"bugbar/internal/casebook";"syscall";"sync";"os")
func cpu() float64 { var r syscall.Rusage; syscall.Getrusage(0,&r); return float64(r.Utime.Sec)*1e6+float64(r.Utime.Usec)+float64(r.Stime.Sec)*1e6+float64(r.Stime.Usec) }
func BenchmarkSub(b *testing.B){ db:=os.Getenv("DB"); if db=="" { db="/dev/shm/cbq.db"; os.Remove(db);os.Remove(db+"-wal");os.Remove(db+"-shm")}
 bk,err:=casebook.Open(context.Background(),db,casebook.Options{}); if err!=nil{b.Fatal(err)}; defer bk.Close()
 s,err:=newSender(context.Background(),bk); if err!=nil{b.Fatal(err)}
 ins,err:=bare(context.Background(),bk.DB(),s.bytes); if err!=nil{b.Fatal(err)}
 for _,n:=range []int{1,64}{ for _,w:=range []struct{n string; f func(context.Context) error}{{"bare",ins},{"submit",s.send}} { c:=cpu(); const N=6000; var wg sync.WaitGroup
  for i:=0;i<n;i++{ wg.Add(1); go func(){defer wg.Done(); for j:=0;j<N/n;j++{ if err:=w.f(context.Background());err!=nil{b.Error(err);return}}}()}; wg.Wait(); b.Logf("%d %s %.0f us cpu",n,w.n,(cpu()-c)/N)}}}
