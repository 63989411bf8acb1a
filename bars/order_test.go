package bars

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	want := []string{"a@1", "a@1.2", "a@1.10", "a@2026-9", "a@2026-11", "a@2026-11b", "a-b@1", "b@0"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareRefs)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
