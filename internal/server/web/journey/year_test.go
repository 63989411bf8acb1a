package journey

import (
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/demo"
)

// year serves the made year of the demonstration.
func year(t *testing.T) *world {
	t.Helper()
	clock := &demo.Clock{}
	return serve(t, casebook.Options{Now: clock.Now}, func(w *world) {
		w.password = demo.Password
		if err := demo.Fill(t.Context(), w.book, clock, demo.Seed, time.Now()); err != nil {
			t.Fatal(err)
		}
	})
}
