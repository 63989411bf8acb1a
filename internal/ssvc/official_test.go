//go:build ssvc_official

package ssvc_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"bugbar/assess"
	"bugbar/bars/barstest"
	"bugbar/internal/ssvc"
)

// pattern is a regular expression with the look-ahead that the official schemas use and Go's own
// engine does not have.
type pattern regexp2.Regexp

func (p *pattern) String() string { return (*regexp2.Regexp)(p).String() }

func (p *pattern) MatchString(s string) bool {
	ok, err := (*regexp2.Regexp)(p).MatchString(s)
	return ok && err == nil
}

func compilePattern(text string) (jsonschema.Regexp, error) {
	re, err := regexp2.Compile(text, regexp2.ECMAScript)
	return (*pattern)(re), err
}

// official compiles a schema of a CERTCC/SSVC checkout, whose data/schema/v2 SSVC_SCHEMAS names.
func official(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	dir := os.Getenv("SSVC_SCHEMAS")
	if dir == "" {
		t.Fatal("SSVC_SCHEMAS has to name data/schema/v2 of a CERTCC/SSVC checkout")
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseRegexpEngine(compilePattern)
	s, err := c.Compile(filepath.Join(dir, name+"_2_0_0.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOfficialSchemas holds every exported object to CERT/CC's own schemas.
func TestOfficialSchemas(t *testing.T) {
	t.Parallel()
	points, tables, lists := official(t, "DecisionPoint"), official(t, "DecisionTable"), official(t, "SelectionList")
	for _, b := range barstest.Shipped(t) {
		doc := ssvc.Export(b)
		for _, p := range doc.Points {
			valid(t, points, p)
		}
		for _, table := range doc.Tables {
			valid(t, tables, table)
		}
		for _, path := range b.Paths() {
			facts := assess.Resolve(b, path.Answers, assess.Claimed)
			v, err := assess.Assess(b, facts)
			if err != nil {
				t.Fatal(err)
			}
			valid(t, lists, ssvc.Selections(b, v, time.Unix(0, 0)))
		}
	}
}
