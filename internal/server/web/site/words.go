package site

import (
	"fmt"
	"time"

	"bugbar/internal/process"
)

// Moment is a time as pages show it: how far away, and exactly, with its zone.
type Moment struct {
	Zero     bool
	Machine  string // for the datetime attribute
	Exact    string // 2026-11-25 18:00 UTC
	Relative string // in 3 h; 2 d ago
	Late     bool   // it is over
	Soon     bool   // within a day
}

func moment(ms int64, now time.Time) Moment {
	if ms == 0 || ms >= 1<<52 {
		return Moment{Zero: true}
	}
	t := time.UnixMilli(ms).UTC()
	d := t.Sub(now)
	return Moment{
		Machine: t.Format(time.RFC3339), Exact: t.Format("2006-01-02 15:04 MST"), Relative: Relative(d),
		Late: d < 0, Soon: d >= 0 && d < 24*time.Hour,
	}
}

// Relative words a distance in time: in 3 h, 2 d ago.
func Relative(d time.Duration) string {
	past := d < 0
	if past {
		d = -d
	}
	text := "now"
	switch {
	case d < time.Minute:
		return text
	case d < time.Hour:
		text = fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		text = fmt.Sprintf("%d h", int(d.Hours()))
	case d < 120*24*time.Hour:
		text = fmt.Sprintf("%d d", int(d.Hours()/24))
	default:
		text = fmt.Sprintf("%d months", int(d.Hours()/24/30))
	}
	if past {
		return text + " ago"
	}
	return "in " + text
}

func stateName(id string) string {
	s, ok := process.Load().State(id)
	if !ok {
		return id
	}
	return s.Name
}

func stateStep(id string) int {
	s, _ := process.Load().State(id)
	return s.Step
}

// size words a number of bytes.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
