package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"bugbar/measure"
)

// forestRows are the rates that are set side by side, by metric id, and what they are called. An attack
// stands above what it is compared with, which is drawn hollow.
var forestRows = []struct {
	id, label string
	hollow    bool
}{
	{"rate", "attack", false},
	{"rate_clustered", "attack, clustered by case", false},
	{"rate_any", "cases with any success", false},
	{"control_rate", "control", true},
	{"rate_before", "before the change", true},
	{"baseline_rate", "baseline", true},
	{"rate@near", "nearly the same", false},
	{"control_rate@near", "nearly the same, control", true},
	{"rate@run50", "50 words in a row", false},
	{"control_rate@run50", "50 words in a row, control", true},
	{"rate@n1000_p0.5", "(1000, 0.5)-discoverable", false},
	{"control_rate@n1000_p0.5", "(1000, 0.5)-discoverable, control", true},
	{"rate@partial", "half or more of a secret", false},
	{"control_rate@partial", "half or more, control", true},
	{"accuracy", "accuracy", false},
	{"control_accuracy", "accuracy on controls", true},
	{"baseline_accuracy", "baseline without the model", true},
	{"guessing_accuracy", "guessing the most common", true},
	{"fidelity", "fidelity", false},
	{"baseline_fidelity", "baseline without the target", true},
	{"tpr", "members taken for members", false},
	{"fpr", "others taken for members", true},
}

// middleOfDigits lowers text by half the height of a digit.
const middleOfDigits = -0.34

// headline are the metrics that a stratum is drawn by, the first that it has.
var headline = []string{"rate", "accuracy", "fidelity"}

// row is one line of a forest plot. A row without a metric is a heading.
type row struct {
	label  string
	metric measure.Metric
	hollow bool
	title  bool
}

// forest draws rates with their intervals, one below the other, or nil when there are none.
func forest(r measure.Result) *figure {
	rows := rowsOf(r)
	switch {
	case len(rows) == 0:
		return nil
	case len(rows) > maxRows:
		rows = append(rows[:maxRows], row{label: fmt.Sprintf("and %d more", len(rows)-maxRows), title: true})
	}
	p := newPlot("rate, with 95 % interval", "")
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, 1, rates{}
	p.Y.Min, p.Y.Max = 0.3, float64(len(rows))+0.7
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width = 0, 0
	p.Y.Tick.Label.Font, p.Y.Tick.Label.YAlign = size(10), 1.8*middleOfDigits
	p.Y.Padding = vg.Points(8)
	var ticks plot.ConstantTicks
	for i, row := range rows {
		ticks = append(ticks, plot.Tick{Value: float64(len(rows) - i), Label: row.label})
	}
	p.Y.Tick.Marker = ticks
	p.Add(forestPlot(rows))
	return &figure{
		Plot: p, width: 6.8 * vg.Inch, height: vg.Length(len(rows))*0.27*vg.Inch + 0.85*vg.Inch,
		margin: 1.75 * vg.Inch,
	}
}

func rowsOf(r measure.Result) (rows []row) {
	for _, of := range forestRows {
		if m, there := r.Metrics[of.id]; there {
			rows = append(rows, row{label: of.label, metric: m, hollow: of.hollow})
		}
	}
	by := ""
	for _, s := range r.Strata {
		m, there := first(s.Metrics)
		if !there {
			continue
		}
		if s.By != by {
			by = s.By
			rows = append(rows, row{label: "by " + by, title: true})
		}
		rows = append(rows, row{label: short(s.Value), metric: m})
	}
	return rows
}

const (
	maxRows  = 60 // more are not read, and the file names as many as it likes
	maxLabel = 30 // characters
)

// short is a label that leaves room for the plot.
func short(label string) string {
	if runes := []rune(label); len(runes) > maxLabel {
		return string(runes[:maxLabel-1]) + "…"
	}
	return label
}

func first(metrics map[string]measure.Metric) (measure.Metric, bool) {
	for _, id := range headline {
		if m, there := metrics[id]; there {
			return m, true
		}
	}
	return measure.Metric{}, false
}

// forestPlot draws the rows, the first on top.
type forestPlot []row

// Plot draws intervals, marks, and on the right of the axes the numbers.
func (f forestPlot) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	numbers := text.Style{Color: black, Font: size(9.5), XAlign: draw.XLeft, YAlign: middleOfDigits, Handler: p.TextHandler}
	for _, at := range []float64{0, 0.25, 0.5, 0.75, 1} {
		c.StrokeLine2(draw.LineStyle{Color: light, Width: vg.Points(0.7)}, x(at), c.Min.Y, x(at), c.Max.Y)
	}
	for i, row := range f {
		if row.title {
			continue
		}
		middle := y(float64(len(f) - i))
		f.interval(c, x(clamp(row.metric.Lo)), x(clamp(row.metric.Hi)), middle)
		mark(c, vg.Point{X: x(clamp(row.metric.Value)), Y: middle}, row.hollow)
		c.FillText(numbers, vg.Point{X: c.Max.X + vg.Points(10), Y: middle}, numbersOf(row.metric))
	}
}

func clamp(v float64) float64 { return min(1, max(0, v)) }

func (f forestPlot) interval(c draw.Canvas, lo, hi, y vg.Length) {
	style := draw.LineStyle{Color: black, Width: vg.Points(1.2)}
	const half = 3
	c.StrokeLine2(style, lo, y, hi, y)
	c.StrokeLine2(style, lo, y-half, lo, y+half)
	c.StrokeLine2(style, hi, y-half, hi, y+half)
}

func mark(c draw.Canvas, at vg.Point, hollow bool) {
	c.DrawGlyph(draw.GlyphStyle{Color: black, Radius: vg.Points(3.4), Shape: draw.BoxGlyph{}}, at)
	if hollow {
		c.DrawGlyph(draw.GlyphStyle{Color: white, Radius: vg.Points(2.2), Shape: draw.BoxGlyph{}}, at)
	}
}

// numbersOf is k of n, if the metric is one, and the value with its interval.
func numbersOf(m measure.Metric) string {
	k := m.Value * float64(m.N)
	if math.Abs(k-math.Round(k)) > 1e-6 {
		return m.String()
	}
	return fmt.Sprintf("%.0f/%d  %s", k, m.N, m)
}
