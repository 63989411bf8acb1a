package casebook

import (
	"testing"

	"bugbar/internal/sqldb/sqldbtest"
)

// TestReindex takes away what lists need, and has it made anew.
func TestReindex(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		b := openTest(t, fresh())
		w := populate(t, b, 40)
		w.settle(t)
		for _, damage := range []string{"DELETE FROM listing", "UPDATE tallies SET n = n + 1", "DELETE FROM listing_named WHERE kind = 'member'"} {
			if _, err := b.db.Writer().ExecContext(t.Context(), damage); err != nil {
				t.Fatal(err)
			}
		}
		done := int64(0)
		if err := b.Reindex(t.Context(), func(n int64) { done = n }); err != nil || done != 40 {
			t.Fatalf("%d cases, %v", done, err)
		}
		for range 100 {
			w.compare(t)
		}
	})
}
