package bugbar_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// line is the law of imports: a package imports only what stands to its left.
var line = []string{
	"internal/spelling", "bar", "measure", "assess", "bars", "vectors", "examples", "internal/evidence", "internal/plot", "internal/ssvc", "internal/batch", "internal/intake", "internal/suggest", "internal/dedupe", "internal/findings", "internal/fault", "internal/process", "internal/sqldb", "internal/blob", "internal/casebook", "internal/outbound", "internal/post", "internal/triage", "internal/work", "internal/demo", "internal/server", "cmd/bugbar",
}

// library may drag in these modules and nothing else beyond the standard library.
var (
	library = []string{"bar", "measure", "assess", "bars", "vectors"}
	allowed = []string{"go.yaml.in/yaml/v3", "gonum.org/v1/gonum"}
)

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Module     *struct{ Path string }
	Standard   bool
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,Module,Standard"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// place is where a package of ours stands in the line; sub-packages stand with their parent.
func place(path string) int {
	name := strings.TrimPrefix(path, "bugbar/")
	for i, p := range line {
		if name == p || strings.HasPrefix(name, p+"/") {
			return i
		}
	}
	return -1
}

func TestImportLaw(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		if p.ImportPath == "bugbar" {
			continue
		}
		here := place(p.ImportPath)
		if here < 0 {
			t.Errorf("%s has no place in the line of packages: name it in deps_test.go and ARCHITECTURE.md", p.ImportPath)
		}
		for _, i := range p.Imports {
			if strings.HasPrefix(i, "bugbar/") && place(i) > here {
				t.Errorf("%s imports %s, which stands to its right", p.ImportPath, i)
			}
		}
	}
}

func TestLibraryIsLight(t *testing.T) {
	t.Parallel()
	args := []string{"-deps"}
	for _, p := range library {
		args = append(args, "./"+p)
	}
	for _, p := range list(t, args...) {
		if !p.Standard && p.Module != nil && p.Module.Path != "bugbar" && !slices.Contains(allowed, p.Module.Path) {
			t.Errorf("the public library drags in %s of %s", p.ImportPath, p.Module.Path)
		}
	}
}

// TestArchitectureNamesTheLine holds the document to the law.
func TestArchitectureNamesTheLine(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^    (\S+ → .*)$`).FindSubmatch(text)
	if m == nil {
		t.Fatal("ARCHITECTURE.md does not show the line of packages")
	}
	var want []string
	for _, p := range line {
		want = append(want, p[strings.LastIndex(p, "/")+1:])
	}
	want[len(want)-1] = "cmd"
	if got := strings.Split(string(m[1]), " → "); !slices.Equal(got, want) {
		t.Errorf("ARCHITECTURE.md has the line %v, the law is %v", got, want)
	}
}
