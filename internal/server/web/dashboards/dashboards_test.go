package dashboards

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAttack19Formulas holds cells to be text for whoever opens them.
func TestAttack19Formulas(t *testing.T) {
	t.Parallel()
	got := inert([][]string{{"week", "=1+1", "+1", "-1"}, {"@SUM(A1)", "\t=1", "\r=1", "2026-11-23"}, {"", "'=1", "over 52", "12"}})
	want := [][]string{{"week", "'=1+1", "'+1", "'-1"}, {"'@SUM(A1)", "'\t=1", "'\r=1", "2026-11-23"}, {"", "'=1", "over 52", "12"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
