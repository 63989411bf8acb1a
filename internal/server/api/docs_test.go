package api_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bugbar/internal/casebook"
	"bugbar/internal/sqldb/sqldbtest"
)

// TestGuide runs the commands of docs/api.md, one after the other, with a real curl against a real server.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, sqldbtest.SQLite(t))
	running, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.book.Run(running) }()
	defer func() { stop(); <-done }()
	a := w.actor("triager")
	token, _, err := w.book.MakeToken(t.Context(), casebook.Write{Actor: a}, a.ID, "guide", []casebook.Right{
		casebook.ReadCase, casebook.WriteReporter, casebook.WriteTeam, casebook.EditFacts, casebook.AssessCase, casebook.AddEvidence, casebook.MoveCase,
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(guide), -1) {
		script.WriteString(block[1])
	}
	text := strings.NewReplacer("http://localhost:8080", w.server.URL, "bbt_your-token", token).Replace(script.String())
	sh := exec.CommandContext(t.Context(), "sh", "-eu", "-c", text)
	sh.Dir = t.TempDir()
	out, err := sh.CombinedOutput()
	if err != nil || strings.Count(text, "curl ") < 15 {
		t.Fatalf("%v after\n%s", err, out)
	}
	for _, want := range []string{`"state":"screening"`, `"outcome":"critical"`, `"guard":"no-such-move"`, "event: ", `"code"`} {
		if want == `"code"` == strings.Contains(string(out), want) {
			t.Errorf("the answers should, or should not, have %s:\n%s", want, out)
		}
	}
}
