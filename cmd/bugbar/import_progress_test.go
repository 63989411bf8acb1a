package main

import (
	"testing"
	"time"

	"bugbar/internal/intake"
)

func TestProgressLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		now   intake.Progress
		total int64
		want  string
	}{
		{intake.Progress{Bytes: 250e6, Attempts: 1200, Findings: 3}, 1000e6, "250.0 MB of 1000.0 MB (25 %) · 1200 attempts · 3 findings · 6s left"},
		{intake.Progress{Bytes: 250e6}, 0, "250.0 MB · 0 attempts · 0 findings"},
		{intake.Progress{Bytes: 300e6}, 200e6, "300.0 MB · 0 attempts · 0 findings"},
		{intake.Progress{}, 200e6, "0.0 MB · 0 attempts · 0 findings"},
	}
	for _, tt := range tests {
		if got := progressLine(tt.now, tt.total, 2*time.Second); got != tt.want {
			t.Errorf("progressLine(%+v, %d) = %q, want %q", tt.now, tt.total, got, tt.want)
		}
	}
}
