package findings

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bugbar/internal/intake"
)

var probes = []string{"a.A", "b.B", "c.C"}

// run reads a garak report with these scores by probe.
func run(t interface{ Fatal(...any) }, scores map[string]string) *intake.Batch {
	var b strings.Builder
	b.WriteString(`{"entry_type": "start_run setup", "plugins.target_type": "t", "plugins.target_name": "m"}` + "\n")
	for _, probe := range probes {
		if list, ok := scores[probe]; ok {
			b.WriteString(`{"entry_type": "attempt", "status": 2, "probe_classname": "` + probe + `", "outputs": ["x"], "detector_results": {"d.D": [` + list + "]}}\n")
		}
	}
	batch, err := intake.ReadFrom(context.Background(), "x", strings.NewReader(b.String()), intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// names writes a change as lists of methods and titles.
func names(c *Change) map[string][]string {
	out := map[string][]string{}
	for name, list := range map[string][]*Entry{"appeared": c.Appeared, "came back": c.CameBack, "resisted": c.Resisted, "updated": c.Updated, "vanished": c.Vanished, "untried": c.Untried} {
		for _, e := range list {
			if e.Finding != nil {
				out[name] = append(out[name], e.Finding.Method)
			} else {
				out[name] = append(out[name], e.Report.Title)
			}
		}
	}
	return out
}

func TestMergeTellsWhatHappened(t *testing.T) {
	t.Parallel()
	s, err := Open(filepath.Join(t.TempDir(), "none"))
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		what   string
		scores map[string]string
		want   map[string][]string
	}{
		{"first run", map[string]string{"a.A": "1,0", "b.B": "0,0"}, map[string][]string{"appeared": {"a.A"}, "resisted": {"b.B"}}},
		{"the same again", map[string]string{"a.A": "1,0", "b.B": "0,0"}, map[string][]string{}},
		{"more successes, one not tried", map[string]string{"a.A": "1,1,1"}, map[string][]string{"updated": {"a.A"}}},
		{"no success", map[string]string{"a.A": "0,0,0", "c.C": "1"}, map[string][]string{"appeared": {"c.C"}, "vanished": {"a.A"}}},
		{"came back, one untried", map[string]string{"a.A": "0,1,0"}, map[string][]string{"came back": {"a.A"}, "untried": {"c.C"}}},
		{"an old run again", map[string]string{"a.A": "1,0", "b.B": "0,0"}, map[string][]string{}},
	}
	for _, step := range steps {
		if diff := cmp.Diff(step.want, names(s.Merge(run(t, step.scores)))); diff != "" {
			t.Errorf("%s: %s", step.what, diff)
		}
	}
}

func TestDecisionsStay(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "findings.jsonl")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s.Merge(run(t, map[string]string{"a.A": "1,0"}))
	const decision = `{"by":"zoe","outcome":"important"}`
	s.Entries()[0].Decision = []byte(decision)
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path); err != nil {
		t.Fatal(err)
	}
	s.Merge(run(t, map[string]string{"a.A": "0,0,0"}))
	e := s.Entries()[0]
	if string(e.Decision) != decision || e.Finding.Successes != 0 || e.Finding.Failures != 3 {
		t.Errorf("after a newer run: decision %s, %d of %d", e.Decision, e.Finding.Successes, e.Finding.Failures)
	}
}

// Importing any sequence of runs twice leaves the same bytes as importing it once.
func TestImportIsIdempotent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "f.jsonl")
		_ = os.Remove(path)
		runs := rapid.SliceOfN(rapid.MapOf(rapid.SampledFrom(probes), rapid.SampledFrom([]string{"0", "1", "1,0", "0,null"})), 1, 4).Draw(t, "runs")
		importAll(t, path, runs)
		once, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		importAll(t, path, runs)
		twice, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(once), string(twice)); diff != "" {
			t.Error(diff)
		}
	})
}

func importAll(t *rapid.T, path string, runs []map[string]string) {
	for _, scores := range runs {
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s.Merge(run(t, scores))
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	s, err := Open(filepath.Join(t.TempDir(), "none"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) *intake.Batch {
		b, err := intake.ReadFrom(t.Context(), "x", strings.NewReader(text), intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const page = `{"data": [{"id": "1", "type": "report", "attributes": {"title": "T", "state": "new"}}]}`
	got := []map[string][]string{names(s.Merge(read(page))), names(s.Merge(read(page))), names(s.Merge(read(strings.Replace(page, "new", "triaged", 1))))}
	want := []map[string][]string{{"appeared": {"T"}}, {}, {"updated": {"T"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOpenRefusesDamage(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"{", "{}", `{"finding": {"refs": [{"file": "x", "places": {"success": "?"}}]}}`} {
		path := filepath.Join(t.TempDir(), "f.jsonl")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "entry 1") {
			t.Errorf("Open of %q: %v", content, err)
		}
	}
}

// garak writes a report of one run with these scores.
func garak(t *testing.T, dir, name, id, threshold, scores string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	text := `{"entry_type": "start_run setup", "plugins.target_name": "m", "run.eval_threshold": ` + threshold + "}\n" +
		`{"entry_type": "init", "run": "` + id + `"}` + "\n" +
		`{"entry_type": "attempt", "uuid": "u", "status": 2, "probe_classname": "a.A", "outputs": ["x"], "detector_results": {"d.D": [` + scores + "]}}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A run is new by its id, even with the outcomes of an older one; runs that were imported one by one are
// known when their folder is; and another threshold is another finding.
func TestRunsAreKnownByTheirID(t *testing.T) {
	t.Parallel()
	dir, runs := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "f.jsonl")
	first, second := garak(t, runs, "1", "r1", "0.5", "1, 0"), garak(t, runs, "2", "r2", "0.5", "0, 0")
	third, strict := garak(t, runs, "3", "r3", "0.5", "1, 0"), garak(t, dir, "4", "r4", "1", "0.9, 0")
	for _, step := range []struct {
		input string
		want  map[string][]string
	}{
		{first, map[string][]string{"appeared": {"a.A"}}},
		{second, map[string][]string{"vanished": {"a.A"}}},
		{first, map[string][]string{}},
		{third, map[string][]string{"came back": {"a.A"}}},
		{runs, map[string][]string{}},
		{strict, map[string][]string{"resisted": {"a.A"}, "untried": {"a.A"}}},
		{strict, map[string][]string{}},
		{second, map[string][]string{}},
	} {
		b, err := intake.Read(t.Context(), step.input, intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		change, err := Import(path, b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, names(change)); diff != "" {
			t.Errorf("%s: %s", filepath.Base(step.input), diff)
		}
	}
}

// Imports at the same time wait for each other, through a link too, and keep the file's mode.
func TestImportsAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "f.jsonl"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("f.jsonl", link); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			report := intake.Report{Format: "text", ID: strconv.Itoa(i)}
			if _, err := Import(link, &intake.Batch{Reports: []intake.Report{report}}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Entries()) != 8 || info.Mode().Perm() != 0o640 {
		t.Errorf("%d entries, mode %v", len(s.Entries()), info.Mode())
	}
}

// What changes nothing needs no lock; what changes something is refused without one.
func TestUnchangedNeedsNoLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.jsonl")
	known := &intake.Batch{Reports: []intake.Report{{Format: "text", ID: "1"}}}
	if _, err := Import(path, known); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+".lock", 0o700); err != nil { // cannot be locked, not even by root
		t.Fatal(err)
	}
	if change, err := Import(path, known); err != nil || !change.Empty() || change.Same != 1 {
		t.Errorf("the same again without a lock: %+v, %v", change, err)
	}
	other := &intake.Batch{Reports: []intake.Report{{Format: "text", ID: "2"}}}
	if _, err := Import(path, other); err == nil || !strings.Contains(err.Error(), "cannot be locked") {
		t.Errorf("another without a lock: %v", err)
	}
	if s, err := Open(path); err != nil || len(s.Entries()) != 1 {
		t.Errorf("afterwards: %v, %v", s, err)
	}
}
