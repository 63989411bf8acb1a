//go:build conformance

package evidence

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// sampleDir is the directory of the shared samples, which must be there.
func sampleDir(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("BUGBAR_SHARED")
	if shared == "" {
		shared = filepath.Join(moduleRoot(t), "..", "shared")
	}
	dir := filepath.Join(shared, "samples", "measure")
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the shared samples are needed: %v", err)
	}
	return dir
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		} else if !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			t.Fatalf("no go.mod above %s", dir)
		}
		dir = filepath.Dir(dir)
	}
}

// node is a part of expected.json, checked off entry by entry: what no check asks for fails the test.
type node struct {
	t       *testing.T
	path    string
	value   any
	entries map[string]*node
	asked   bool
}

func expected(t *testing.T, dir string) *node {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	return newNode(t, "expected.json", value)
}

func newNode(t *testing.T, path string, value any) *node {
	n := &node{t: t, path: path, value: value}
	if object, ok := value.(map[string]any); ok {
		n.entries = map[string]*node{}
		for key, value := range object {
			n.entries[key] = newNode(t, path+"/"+key, value)
		}
	}
	return n
}

// at returns an entry and checks it off.
func (n *node) at(key string) *node {
	n.t.Helper()
	entry := n.entries[key]
	if entry == nil {
		n.t.Fatalf("%s has no %q", n.path, key)
	}
	entry.asked = true
	return entry
}

// skip checks off entries that describe the data and are no measurement.
func (n *node) skip(keys ...string) {
	for _, key := range keys {
		n.at(key)
	}
}

// done fails for every entry that no check asked for.
func (n *node) done() {
	n.t.Helper()
	for key, entry := range n.entries {
		if !entry.asked {
			n.t.Errorf("%s/%s is not checked", n.path, key)
		}
		entry.done()
	}
}

// number is the entry as a number: null is NaN, as a number that is not defined, and "inf" infinite.
func (n *node) number() float64 {
	n.t.Helper()
	switch v := n.value.(type) {
	case float64:
		return v
	case nil:
		return math.NaN()
	case string:
		if v == "inf" {
			return math.Inf(1)
		}
	}
	n.t.Fatalf("%s is not a number: %v", n.path, n.value)
	return 0
}

// near checks a measured value: to 1e-6 relative, and to the rounding of the file's six decimals.
func (n *node) near(key string, got float64) {
	n.t.Helper()
	entry := n.at(key)
	compare(n.t, entry.path, got, entry.number())
}

// exactly checks a count.
func (n *node) exactly(key string, got int) {
	n.t.Helper()
	entry := n.at(key)
	if want := entry.number(); float64(got) != want {
		n.t.Errorf("%s is %d, want %g", entry.path, got, want)
	}
}

// list checks a list of values.
func (n *node) list(key string, got ...float64) {
	n.t.Helper()
	entry := n.at(key)
	want, ok := entry.value.([]any)
	if !ok || len(want) != len(got) {
		n.t.Errorf("%s is %v, want %v", entry.path, got, entry.value)
		return
	}
	for i := range got {
		compare(n.t, entry.path, got[i], want[i].(float64))
	}
}

func compare(t *testing.T, path string, got, want float64) {
	t.Helper()
	same := got == want || math.IsNaN(got) && math.IsNaN(want)
	if !same && !(math.Abs(got-want) <= 1e-6*math.Abs(want)+5.1e-7) {
		t.Errorf("%s is %.9g, want %.9g", path, got, want)
	}
}
