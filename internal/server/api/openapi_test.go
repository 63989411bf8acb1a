package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"bugbar/internal/server/api"
)

var update = flag.Bool("update", false, "write the description and its digest anew")

const versions = "testdata/versions.txt"

// TestDescriptionIsCommitted holds the committed description to the handlers, and every change of it to a new
// version: versions.txt has the digest of each. A line of a version that was released is never taken out.
func TestDescriptionIsCommitted(t *testing.T) {
	t.Parallel()
	a := api.New(api.Config{})
	spec, err := a.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	older, err := a.OpenAPI30()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(append(slices.Clone(spec), older...))
	line := api.Version + " " + hex.EncodeToString(sum[:])
	known, err := os.ReadFile(versions)
	if err != nil && !*update {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(known)) {
		if version, _, _ := strings.Cut(l, " "); version == api.Version && strings.TrimSpace(l) != line {
			t.Fatalf("the description changed, and is still version %s: raise Version in api.go, and then go test ./internal/server/api -update", version)
		}
	}
	if *update {
		if !strings.Contains(string(known), line) {
			known = append(known, []byte(line+"\n")...)
		}
		for name, data := range map[string][]byte{versions: known, "openapi.json": append(spec, '\n'), "openapi-3.0.json": append(older, '\n')} {
			if err := os.WriteFile(name, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	if !strings.Contains(string(known), line) {
		t.Errorf("version %s is not in %s: go test ./internal/server/api -update", api.Version, versions)
	}
	for name, data := range map[string][]byte{"openapi.json": spec, "openapi-3.0.json": older} {
		committed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytes.TrimSpace(committed), data) {
			t.Errorf("%s is not what the handlers say: go test ./internal/server/api -update", name)
		}
	}
}

// TestDescriptionIsUsable: everything is explained, nothing is named twice, and what takes JSON refuses what it does not know.
func TestDescriptionIsUsable(t *testing.T) {
	t.Parallel()
	data, err := api.New(api.Config{URL: "https://bugs.example.org"}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Servers    []struct{ URL string }
		Paths      map[string]map[string]map[string]any
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Servers) != 1 || d.Servers[0].URL != "https://bugs.example.org" {
		t.Errorf("servers %v", d.Servers)
	}
	ids := map[string]bool{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			id := fmt.Sprint(op["operationId"])
			if ids[id] || op["summary"] == nil || len(op["tags"].([]any)) != 1 {
				t.Errorf("%s %s: operation %s is named twice, or lacks its summary or tag", method, path, id)
			}
			ids[id] = true
			if strings.Count(path, "{") != countPathParameters(op) {
				t.Errorf("%s %s does not describe the parts of its path", method, path)
			}
			if op["responses"].(map[string]any)["default"] == nil {
				t.Errorf("%s %s: problems are not described", method, path)
			}
		}
	}
	for name, s := range d.Components.Schemas {
		if s["type"] == "object" && s["additionalProperties"] == nil {
			t.Errorf("the schema %s does not say what it refuses", name)
		}
	}
}

func countPathParameters(op map[string]any) int {
	n := 0
	all, _ := op["parameters"].([]any)
	for _, p := range all {
		if p.(map[string]any)["in"] == "path" {
			n++
		}
	}
	return n
}
