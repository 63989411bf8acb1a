package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// interruptible is a folder with a casebook of one case, team.db, and reports.jsonl to import into it.
type interruptible struct {
	*testing.T
	dir string
}

const interruptedCases = 150

// newInterruptible makes a casebook that knows one report, and a file with newer words of it and many more.
func newInterruptible(t *testing.T) interruptible {
	t.Helper()
	i := interruptible{t, t.TempDir()}
	var lines strings.Builder
	for n := range interruptedCases {
		fmt.Fprintf(&lines, `{"schema":"bugbar/report/v1","id":"R%d","title":"It leaks %d","text":"%s"}`+"\n", n, n, strings.Repeat("What it says goes out with the answer. ", 60))
	}
	for name, text := range map[string]string{"reports.jsonl": lines.String(), "first.jsonl": `{"schema":"bugbar/report/v1","id":"R0","title":"It leaks 0","text":"As of Monday."}` + "\n"} {
		if err := os.WriteFile(filepath.Join(i.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"user", "add", "lee", "--role", "triager", "--by", "olga"}, {"import", "--by", "lee", "first.jsonl"}} {
		if out, err := i.bugbar(args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s%v", args, out, err)
		}
	}
	return i
}

// again is the same in a folder of its own.
func (i interruptible) again() interruptible {
	i.Helper()
	other := interruptible{i.T, i.TempDir()}
	if err := os.CopyFS(other.dir, os.DirFS(i.dir)); err != nil {
		i.Fatal(err)
	}
	return other
}

// bugbar is a process of the program itself, which the tests' own TestMain runs under that name.
func (i interruptible) bugbar(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		i.Fatal(err)
	}
	cmd := exec.CommandContext(i.Context(), self, args...)
	cmd.Args[0] = "bugbar"
	cmd.Env = append(os.Environ(), "BUGBAR_CASEBOOK=team.db", "TERM=dumb")
	cmd.Dir = i.dir
	return cmd
}

// kept counts cases, entries of scans, texts and the events of cases.
func (i interruptible) kept() (n [4]int) {
	i.Helper()
	db, err := sql.Open("sqlite", filepath.Join(i.dir, "team.db"))
	if err != nil {
		i.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRow("SELECT (SELECT COUNT(*) FROM cases), (SELECT COUNT(*) FROM scanned), (SELECT COUNT(body) FROM events), (SELECT COUNT(*) FROM events WHERE stream IN (SELECT id FROM cases))").Scan(&n[0], &n[1], &n[2], &n[3])
	if err != nil {
		i.Fatal(err)
	}
	return n
}

// TestInterruptedImport ends real imports by Ctrl-C and by kill -9 at moments from their start to their end. Each is
// kept whole or not at all, what the program says of it is so, and the casebook stays whole.
func TestInterruptedImport(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			first := newInterruptible(t)
			before, finished := first.kept(), first.again()
			whole := finished.carry(sig, time.Minute)
			after := finished.kept()
			if added := interruptedCases - 1; after != [4]int{before[0] + added, before[1] + added, before[2] + added + 1, before[3] + added + 1} {
				t.Fatalf("%v became %v", before, after)
			}
			none := 0
			const rounds = 6
			for round := range rounds {
				i := first.again()
				i.carry(sig, whole*time.Duration(round)/rounds)
				switch now := i.kept(); now {
				case before:
					none++
				case after:
				default:
					t.Errorf("ended in round %d: %v became %v", round, before, now)
				}
				if out, err := i.bugbar("verify").CombinedOutput(); err != nil {
					t.Errorf("verify: %v: %s", err, out)
				}
			}
			if none == 0 {
				t.Errorf("none of %d imports was ended before its end", rounds)
			}
			t.Logf("%d of %d imports left nothing, the others everything", none, rounds)
		})
	}
}

// carry imports the file, sends the process a signal after a time, and returns how long it took. That nothing was
// changed is only said where it is so.
func (i interruptible) carry(sig syscall.Signal, after time.Duration) time.Duration {
	i.Helper()
	before, began := i.kept(), time.Now()
	cmd := i.bugbar("import", "--by", "lee", "reports.jsonl")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		i.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(sig) })
	err := cmd.Wait()
	timer.Stop()
	says := strings.Contains(stderr.String(), "no case was opened or changed")
	if says && (i.kept() != before || cmd.ProcessState.ExitCode() != exitInterrupted) {
		i.Errorf("%s, and exit code %d, and %v became %v", &stderr, cmd.ProcessState.ExitCode(), before, i.kept())
	}
	if err != nil && after == time.Minute {
		i.Fatalf("%v: %s", err, &stderr)
	}
	return time.Since(began)
}
