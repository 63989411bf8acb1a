package casebook_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/intake"
	"bugbar/internal/sqldb/sqldbtest"
)

// childVar is set where this program runs as a child of its own tests: a server that is going to be killed. It has
// the name of the database, of the store, and a seed.
const childVar = "BUGBAR_TEST_CHILD"

// child writes until it is killed, and says on standard output what was acknowledged: a case with the number and the
// hash of the event that the write ended with, and the attachment that it brought.
func child() int {
	args := strings.SplitN(os.Getenv(childVar), "\n", 3)
	if err := writeOn(context.Background(), args[0], args[1], args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

const writers = 6

func writeOn(ctx context.Context, database, folder, seed string) error {
	b, err := casebook.Open(ctx, database, casebook.Options{})
	if err != nil {
		return err
	}
	files, err := blob.Open(ctx, folder)
	if err != nil {
		return err
	}
	lee, err := b.PersonCalled(ctx, "lee")
	if err != nil {
		return err
	}
	actor, err := lee.Actor()
	if err != nil {
		return err
	}
	rules, err := bars.Load("msrc-ai")
	if err != nil {
		return err
	}
	go func() { _ = b.Run(ctx) }()
	failed := make(chan error, writers)
	var out sync.Mutex
	for n := range writers {
		w := &writer{Book: b, files: files, by: casebook.Write{Actor: actor}, name: fmt.Sprintf("%s-%d", seed, n)}
		w.report = casebook.Submission{Source: "api", Bar: rules, Findings: []casebook.Finding{{Facts: assess.Claim("type", "prompt-injection")}}}
		go func() {
			for i := 0; ; i++ {
				c, sum, err := w.step(ctx, i)
				if err != nil {
					failed <- fmt.Errorf("write %d: %w", i, err)
					return
				}
				out.Lock()
				fmt.Printf("%s %d %s %s\n", c.ID, c.Version, c.Head, sum)
				out.Unlock()
			}
		}()
	}
	return <-failed
}

// writer is one client of the child.
type writer struct {
	*casebook.Book
	files  blob.Store
	by     casebook.Write
	report casebook.Submission
	name   string
	open   casebook.ID
}

// step makes one write, each kind in its turn.
func (w *writer) step(ctx context.Context, i int) (*casebook.Case, string, error) {
	switch i % 6 {
	case 0:
		s := w.report
		s.Title = fmt.Sprintf("%s, case %d", w.name, i)
		s.Text = strings.Repeat("It follows what the mail says. ", 30)
		file, err := w.file(ctx, s.Title)
		if err != nil {
			return nil, "", err
		}
		s.Files = []casebook.File{file}
		r, c, err := w.Submit(ctx, casebook.Write{Actor: w.by.Actor, Key: s.Title, Request: "r"}, s)
		w.open = r.ID
		return c, file.SHA256, err
	case 1:
		file, err := w.file(ctx, fmt.Sprintf("%s, message %d", w.name, i))
		if err != nil {
			return nil, "", err
		}
		c, err := w.Write(ctx, w.by, w.open, casebook.Post{Visibility: casebook.ToReporter, Text: "See the file.", Files: []casebook.File{file}})
		return c, file.SHA256, err
	case 2:
		return w.scan(ctx, i)
	case 3:
		c, err := w.Move(ctx, w.by, w.open, casebook.Step{To: "screening"})
		return c, "-", err
	case 4:
		c, err := w.SetEmbargo(ctx, w.by, w.open, casebook.Embargo{Status: casebook.EmbargoActive, Until: time.Now().Add(time.Hour).UnixMilli()})
		return c, "-", err
	}
	c, err := w.SetFact(ctx, w.by, w.open, 0, "impact", assess.Fact{Values: []string{"privileged-action"}})
	return c, "-", err
}

// importSize is how many cases each import of a child opens.
const importSize = 25

// scan imports reports of a product that names the import.
func (w *writer) scan(ctx context.Context, i int) (*casebook.Case, string, error) {
	batch := &intake.Batch{}
	for n := range importSize {
		title := fmt.Sprintf("%s, import %d, report %d", w.name, i, n)
		batch.Reports = append(batch.Reports, intake.Report{ID: title, Title: title, Text: title, Product: fmt.Sprintf("import %s %d", w.name, i)})
	}
	got, err := w.Import(ctx, w.by, batch, w.report.Bar, nil)
	if err != nil {
		return nil, "", err
	}
	c, err := w.Case(ctx, w.by.Actor, got.Appeared[importSize-1].Case)
	return c, "-", err
}

func (w *writer) file(ctx context.Context, content string) (casebook.File, error) {
	ref, err := w.files.Put(ctx, strings.NewReader(strings.Repeat(content, 200)), blob.MaxFile)
	return casebook.File{SHA256: ref.SHA256, Name: "a.txt", Type: "text/plain", Size: ref.Size}, err
}

// ack is a write that was acknowledged.
type ack struct {
	id   casebook.ID
	seq  int64
	hash string
	file string
}

// TestCrash kills a server in the middle of mixed writes, again and again: what it acknowledged is there, the chain
// is whole, and nothing is half.
func TestCrash(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(*testing.T) (string, *sqldbtest.Server){
		"sqlite": func(t *testing.T) (string, *sqldbtest.Server) { return sqldbtest.SQLite(t), nil },
		"postgres": func(t *testing.T) (string, *sqldbtest.Server) {
			server := sqldbtest.Start(t)
			return server.Database(t), server
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			name, server := database(t)
			crash(t, name, server)
		})
	}
}

func crash(t *testing.T, database string, server *sqldbtest.Server) {
	w := open(t, database)
	w.person("lee", casebook.Triager)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	folder, rnd := t.TempDir(), rand.New(rand.NewPCG(1, 2))
	acknowledged, began := 0, time.Now()
	for round := range crashRounds {
		acks := killed(t, database, folder, round, time.Duration(50+rnd.IntN(350))*time.Millisecond)
		if server != nil && round%5 == 4 { // and the database with it
			if err := errors.Join(server.Kill(), server.Start()); err != nil {
				t.Fatal(err)
			}
		}
		acknowledged += len(acks)
		survived(t, database, folder, acks, crashRounds < 20 || round%20 == 19)
		if t.Failed() {
			t.Fatalf("after round %d", round+1)
		}
	}
	t.Logf("%d rounds of kill -9 among %d writers, %d acknowledged writes, none lost, %s", crashRounds, writers, acknowledged, time.Since(began).Round(time.Second))
	if acknowledged < crashRounds {
		t.Errorf("only %d writes were acknowledged in %d rounds", acknowledged, crashRounds)
	}
}

// killed runs a child that writes, kills it after a time from its first acknowledgement on, and returns what it had
// acknowledged.
func killed(t *testing.T, database, folder string, round int, after time.Duration) []ack {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s\n%s\n%d", childVar, database, folder, round))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acks []ack
	in := bufio.NewReader(out)
	var timer *time.Timer
	for {
		text, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break // a line without its end was not acknowledged
		}
		if err != nil {
			t.Fatal(err)
		}
		var a ack
		var id string
		if _, err := fmt.Sscan(text, &id, &a.seq, &a.hash, &a.file); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if a.id, err = casebook.ParseID(id); err != nil {
			t.Fatal(err)
		}
		acks = append(acks, a)
		if timer == nil {
			timer = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() >= 0 {
		t.Fatalf("the child ended by itself after %d writes: %v", len(acks), err)
	}
	return acks
}

// survived looks for what was acknowledged, and verifies the whole.
func survived(t *testing.T, database, folder string, acks []ack, all bool) {
	t.Helper()
	b, err := casebook.Open(t.Context(), database, casebook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	files, err := blob.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	for _, a := range acks {
		var hash string
		if err := b.DB().Reader().QueryRowContext(t.Context(), "SELECT hash FROM events WHERE stream = $1 AND seq = $2", int64(a.id), a.seq).Scan(&hash); err != nil || hash != a.hash {
			t.Errorf("event %d of %s was acknowledged with hash %s, and there is %q (%v)", a.seq, a.id, a.hash, hash, err)
		}
		if a.file != "-" {
			if err := casebook.FilesIn(files, nil)(t.Context(), a.file); err != nil {
				t.Errorf("file %s was acknowledged: %v", a.file, err)
			}
		}
	}
	var part string
	err = b.DB().Reader().QueryRowContext(t.Context(), "SELECT product FROM cases WHERE product LIKE 'import %' GROUP BY product HAVING COUNT(*) <> $1", importSize).Scan(&part)
	if !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("a part of %s is there (%v)", part, err)
	}
	if !all {
		return
	}
	for _, settle := range []bool{false, true} {
		if settle {
			if _, err := b.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		report, err := b.Verify(t.Context(), casebook.Check{File: casebook.FilesIn(files, nil)})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range report.Problems {
			t.Errorf("verify: %s", p)
		}
	}
}
