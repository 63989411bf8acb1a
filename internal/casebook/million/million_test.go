package million_test

import (
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/casebook/million"
	"bugbar/internal/sqldb/sqldbtest"
)

func TestFill(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		b, err := casebook.Open(t.Context(), fresh(), casebook.Options{Now: func() time.Time { return million.Now }})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := million.Fill(t.Context(), b, 5000, 1, func(int) {}); err != nil {
			t.Fatal(err)
		}
		var events, cases int64
		if err := b.DB().Reader().QueryRowContext(t.Context(), "SELECT (SELECT COUNT(*) FROM events WHERE stream IN (SELECT id FROM cases)), (SELECT COUNT(*) FROM cases)").Scan(&events, &cases); err != nil {
			t.Fatal(err)
		}
		if cases != 5000 || events < 24000 || events > 27000 {
			t.Errorf("%d cases with %d events, want 5000 with about 25000", cases, events)
		}
		report, err := b.Verify(t.Context(), casebook.Check{})
		if err != nil || !report.Whole() {
			t.Fatalf("%v, %v", report.Problems[:min(5, len(report.Problems))], err)
		}
	})
}
