package casefile

import (
	"bytes"
	"fmt"

	"bugbar/internal/casebook"
	"bugbar/measure"
)

// Rate is k of n with its interval.
type Rate struct {
	Label  string
	K, N   int
	Lo, Hi float64
	Retest bool
}

// Rates lists what was tried on a finding, in the order of time.
func (f Finding) Rates() []Rate { return rates(f.Finding) }

func rates(f casebook.Finding) []Rate {
	var all []Rate
	if t := f.Trials; t != nil && t.Attempts != nil && *t.Attempts > 0 {
		all = append(all, rate("as reported", t.Successes, *t.Attempts, false))
	}
	for i, r := range f.Runs {
		if r.Attempts != nil {
			label := fmt.Sprintf("run %d", i+1)
			if r.Retest {
				label = fmt.Sprintf("retest %d", i+1)
			}
			all = append(all, rate(label, r.Successes, *r.Attempts, r.Retest))
		}
	}
	return all
}

func rate(label string, k, n int, retest bool) Rate {
	i := measure.Wilson(k, n, measure.Level)
	return Rate{Label: label, K: k, N: n, Lo: i.Lo, Hi: i.Hi, Retest: retest}
}

// trialsPlot draws rates with their intervals, one below the other: filled before a fix, hollow after it. Text
// takes the colour of the page.
func trialsPlot(f casebook.Finding) []byte {
	all := rates(f)
	if len(all) == 0 {
		return nil
	}
	const left, width, line = 110.0, 400.0, 28.0
	x := func(share float64) float64 { return left + share*width }
	var out bytes.Buffer
	height := line*float64(len(all)) + 34
	fmt.Fprintf(&out, `<svg class="rates" viewBox="0 0 %g %g" role="img" aria-label="Success rates with 95 %% intervals">`, left+width+70, height)
	for _, tick := range []float64{0, .25, .5, .75, 1} {
		fmt.Fprintf(&out, `<path class="grid" d="M%g 4V%g"/><text x="%g" y="%g" text-anchor="middle">%g %%</text>`, x(tick), height-26, x(tick), height-10, tick*100)
	}
	for i, r := range all {
		y := line*float64(i) + 18
		class := "before"
		if r.Retest {
			class = "after"
		}
		fmt.Fprintf(&out, `<g class="%s"><title>%s: %d of %d, %.0f to %.0f %%</title><text x="%g" y="%g" text-anchor="end">%s</text><path d="M%.1f %gH%.1f"/><circle cx="%.1f" cy="%g" r="5"/><text x="%g" y="%g">%d/%d</text></g>`,
			class, r.Label, r.K, r.N, 100*r.Lo, 100*r.Hi, left-10, y+4, r.Label, x(r.Lo), y, x(r.Hi), x(float64(r.K)/float64(r.N)), y, left+width+10, y+4, r.K, r.N)
	}
	out.WriteString(`</svg>`)
	return out.Bytes()
}
