package evidence

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"bugbar/measure"
)

// example is the path of a file among the examples of the documentation.
func example(name string) string { return filepath.Join("..", "..", "examples", "evidence", name) }

var update = flag.Bool("update", false, "write the golden files")

// One file of evidence per kind, and all that is said of it.
func TestMeasureGolden(t *testing.T) {
	t.Parallel()
	for file, kind := range map[string]string{
		"trials.jsonl": "trials", "perturbation.jsonl": "perturbation", "attribute.jsonl": "attribute",
		"texts.jsonl": "reconstruction", "vectors.jsonl": "reconstruction", "property-worlds.csv": "property",
		"property-ratio.csv": "property", "theft.csv": "theft", "secrets.csv": "input-extraction",
		"scores.csv": "membership", "guesses.csv": "membership",
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			report, err := Measure(kind, []string{example(file)}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(report, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", file+".golden"), append(got, '\n'))
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The same rows in every container give the same result.
func TestContainersAgree(t *testing.T) {
	t.Parallel()
	const plain = "case,arm,success\na,attack,true\na,attack,false\nb,control,false\n"
	want := measured(t, plain)
	for name, text := range map[string]string{
		"mark and CRLF":   "\xef\xbb\xbf" + strings.ReplaceAll(plain, "\n", "\r\n"),
		"tabs":            strings.ReplaceAll(plain, ",", "\t"),
		"semicolons":      strings.ReplaceAll(plain, ",", ";"),
		"other order":     "Success,ARM,case\ntrue,attack,a\nfalse,attack,a\nfalse,control,b\n",
		"other truths":    "case,arm,success\na,attack,1\na,attack,No\nb,benign,0\n",
		"extra column":    "note,case,arm,success\nx,a,attack,true\n,a,attack,false\n\"a,b\",b,control,false\n",
		"no header":       "a,attack,0,true\na,attack,1,false\nb,control,0,false\n",
		"no last newline": strings.TrimSuffix(plain, "\n"),
		"JSON lines":      `{"case":"a","arm":"attack","success":true}` + "\n\n" + `{"success":false,"arm":"attack","case":"a"}` + "\n" + `{"case":"b","arm":"control","success":0,"note":null}`,
	} {
		if diff := cmp.Diff(want, measured(t, text)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	type row struct {
		Case    string `parquet:"case"`
		Arm     string `parquet:"arm,optional"`
		Success bool   `parquet:"success"`
	}
	path := filepath.Join(t.TempDir(), "rows")
	if err := parquet.WriteFile(path, []row{{"a", "attack", true}, {"a", "", false}, {"b", "control", false}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, measuredFile(t, "trials", path, Options{}).Result); diff != "" {
		t.Errorf("Parquet: -want +got:\n%s", diff)
	}
}

func TestVectorsInParquet(t *testing.T) {
	t.Parallel()
	type row struct {
		Original       []float64 `parquet:"original"`
		Reconstruction []float32 `parquet:"reconstruction,list"`
		Baseline       []float64 `parquet:"baseline"`
	}
	path := filepath.Join(t.TempDir(), "rows")
	rows := []row{{[]float64{0.5, 0.25}, []float32{0.5, 0.25}, []float64{1, 1}}, {[]float64{0.5}, []float32{0.5}, []float64{0.5}}}
	if err := parquet.WriteFile(path, rows); err != nil {
		t.Fatal(err)
	}
	r := measuredFile(t, "reconstruction", path, Options{})
	if r.N["records"] != 2 || r.N["successes"] != 2 || r.N["baseline_successes"] != 1 {
		t.Errorf("n %v", r.N)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "evidence")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func measured(t *testing.T, text string) measure.Result {
	t.Helper()
	return measuredFile(t, "trials", write(t, text), Options{}).Result
}

func measuredFile(t *testing.T, kind, path string, options Options) Report {
	t.Helper()
	report, err := Measure(kind, []string{path}, options)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestBadRowsAreLeftOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		rows  int
		wants []string
	}{
		"CSV": {
			"case,arm,success\na,attack,true\nb,attack,maybe\nc,attack\nd,\"attack,true\ne,attack,true\n", 1,
			[]string{":3: column success: \"maybe\" is neither true nor false", ":4: wrong number of fields", "3 of 4 rows"},
		},
		"JSON lines": {
			"{\"success\":true}\n{\"success\":\n[1]\n{\"case\":1}\n{\"success\":false,\"arm\":\"elsewhere\"}\n", 1,
			[]string{":2: no JSON object", ":3: ", ":4: no value in column success: give true where", "4 of 5 rows"},
		},
	} {
		path := write(t, c.text)
		report := measuredFile(t, "trials", path, Options{})
		if report.Source[0].Rows != c.rows {
			t.Errorf("%s: %+v", name, report.Source)
		}
		for _, want := range c.wants {
			if !strings.Contains(report.Warnings[0], want) {
				t.Errorf("%s: %q does not say %q", name, report.Warnings[0], want)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, kind, text, want string }{
		{"an empty file", "trials", "", "no rows"},
		{"a header alone", "trials", "case,arm,success\n", "no rows"},
		{"a kind that is none", "luck", "", `no kind "luck": use one of attribute, input-extraction`},
		{"a missing column", "trials", "case,arm\na,attack\n", ":2: no value in column success: give true where"},
		{"a missing baseline", "theft", "target,surrogate\n1,1\n", "column baseline: give the answer of a model made without"},
		{"a missing control", "input-extraction", "secret,extracted\nabc,abc\n", "rows with arm = control"},
		{"a score that is none", "membership", "score,member\nnan,1\n", "not a score"},
		{"scores and guesses", "membership", "score,predicted_member,member\n1,,1\n,1,0\n", "two layouts"},
		{"members alone", "membership", "score,member\n1,1\n", "evidence: 1 members and 0 non-members"},
		{"members alone, and a bad row", "membership", "score,member\n1,1\nx,0\n", "1 of 2 rows are left out: "},
		{"two layouts", "property", "{\"truth\":1,\"pred\":1}\n{\"truth\":1,\"estimate\":1,\"baseline\":1}\n", "two layouts"},
		{"no header, other columns", "trials", "a,b\n1,2\n", "no header and 2 columns"},
		{"a column twice", "trials", "case,Case,success\na,b,true\n", "stands twice"},
		{"UTF-16", "trials", "\xff\xfec\x00a\x00s\x00e\x00\n\x00", "UTF-16"},
		{"arrays", "trials", "\x93NUMPY\x01\x00", "npy holds arrays"},
		{"a footer that claims two thousand million row groups", "trials", "PAR1\x49\xfc\xff\xff\xff\xff\x07\x07\x00\x00\x00PAR1", "damaged footer"},
		{"a torn Parquet file", "trials", "PAR1\x00\x00\x00\x00PAR1", "evidence: "},
		{"an endless quote", "trials", "case,arm,success\n\"" + strings.Repeat("a\n", maxLine), "is a quote not closed"},
		{"an endless line", "trials", "{\"a\":\"" + strings.Repeat("a", maxLine), "a line of more than 16777216 bytes"},
		{"a text that is not UTF-8", "reconstruction", "group,truth,generated\nmember,\xff,a\n", "not UTF-8"},
		{"a probability above 1", "reconstruction", "group,truth,generated,suffix_logprob\nmember,a,a,0.5\n", "cannot be 0.5"},
		{"vectors of two lengths", "reconstruction", `{"original":[1,2],"reconstruction":[1],"baseline":[1]}`, "2, 1 and 1 elements"},
		{"no vector", "reconstruction", `{"original":"x","reconstruction":[1],"baseline":[1]}`, "no array of numbers"},
		{"an infinite share", "property", "truth,estimate,baseline\n0.5,inf,0.5\n", "not a finite number"},
	} {
		_, err := Measure(c.kind, []string{write(t, c.text)}, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error %.200v, want an ErrFormat with %q", c.name, err, c.want)
		}
	}
	if _, err := Measure("trials", nil, Options{}); err == nil {
		t.Error("no file is no error")
	}
	if _, err := Measure("trials", []string{t.TempDir()}, Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	before := write(t, "case,success\na,1\nb,1\nc,1\nd,1\ne,1\nf,1\n")
	after := write(t, "case,arm,success\na,treated,0\nb,treated,0\nc,treated,0\nd,treated,0\ne,treated,0\nf,sham,1\n")
	told := int64(0)
	report := measuredFile(t, "trials", after, Options{
		Control: "sham", Before: []string{before},
		Progress: func(_ string, read, total int64) { told = read * 100 / total },
	})
	if d := report.Metrics["difference"]; d.Value != -1 || report.N["control_attempts"] != 1 {
		t.Errorf("difference %+v, n %v", d, report.N)
	}
	if len(report.Source) != 2 || !strings.HasPrefix(report.Source[0].Digest, "sha256:") || told != 100 {
		t.Errorf("source %+v, read to %d %%", report.Source, told)
	}
}

// The direction of a score comes from its column or an option, never from the data.
func TestDirectionOfScores(t *testing.T) {
	t.Parallel()
	const rows = "1,1\n2,1\n3,0\n4,0\n"
	for _, c := range []struct {
		header string
		option string
		want   float64
	}{{"score,member\n", "", 0}, {"score,member\n", "low", 1}, {"loss,member\n", "", 1}, {"NLL,member\n", "", 1}, {"loss,member\n", "high", 0}} {
		r := measuredFile(t, "membership", write(t, c.header+rows), Options{Direction: c.option})
		if got := r.Metrics["auc"].Value; got != c.want {
			t.Errorf("%q, direction %q: auc %g, want %g", c.header, c.option, got, c.want)
		}
	}
}

func TestSeveralFiles(t *testing.T) {
	t.Parallel()
	clean := write(t, "truth,pred,score\n0,1,0.5\n1,1,0.5\n")
	poisoned := filepath.Join(t.TempDir(), "poisoned")
	if err := os.WriteFile(poisoned, []byte("truth,pred,score\n0,0,0.1\n1,1,0.9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := Measure("property", []string{clean, poisoned}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Strata) != 2 || report.Strata[1].Value != "poisoned" || report.Strata[1].Metrics["accuracy"].Value != 1 {
		t.Errorf("strata %+v", report.Strata)
	}
}
