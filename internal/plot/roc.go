package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"bugbar/measure"
)

// roc draws a ROC on two logarithmic axes (Carlini et al. 2022, figure 2), from the least rates that the
// sample can show, with the band of its interval and the true-positive rates at low false-positive rates.
func roc(r measure.Result, curve measure.Curve) *figure {
	p := newPlot("false-positive rate", "true-positive rate")
	points := slices.DeleteFunc(slices.Clone(curve.Points), func(p measure.Point) bool { return p.X <= 0 })
	floor := 0.1
	if len(points) > 0 {
		floor = math.Pow(10, math.Floor(math.Log10(max(1e-9, min(floor, points[0].X)))+1e-9))
	}
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Scale = plot.LogScale{}
		axis.Tick.Marker = decades{}
		axis.Min, axis.Max = floor, 1
	}
	area := band(points, floor, 1)
	attack := line(points, floor, strokes[0])
	chance := &plotter.Line{XYs: plotter.XYs{{X: floor, Y: floor}, {X: 1, Y: 1}}, LineStyle: dotted}
	p.Add(area, chance, attack)
	p.Legend.Add("attack, with its 95 % band", area, attack)
	p.Legend.Add("chance", chance)
	for i, at := range operatingPoints(r, points) {
		marks := &glyphs{points: []measure.Point{at}, floor: floor, shape: markers[i%len(markers)]}
		p.Add(marks)
		p.Legend.Add(fmt.Sprintf("TPR at FPR %s %%: %s", strconv.FormatFloat(100*at.X, 'g', 3, 64), at.Metric), marks)
	}
	p.Legend.YOffs, p.Legend.XOffs = vg.Points(6), -vg.Points(4)
	return &figure{Plot: p, width: 5.6 * vg.Inch, height: 5.2 * vg.Inch}
}

// operatingPoints are the metrics tpr@FPR at rates that the curve reaches, the highest FPR first. Below it
// the sample has no false positive left to count.
func operatingPoints(r measure.Result, curve []measure.Point) (points []measure.Point) {
	if len(curve) == 0 {
		return nil
	}
	for id, m := range r.Metrics {
		at, isTPR := strings.CutPrefix(id, "tpr@")
		if fpr, err := strconv.ParseFloat(at, 64); isTPR && err == nil && fpr >= curve[0].X {
			points = append(points, measure.Point{X: fpr, Metric: m})
		}
	}
	slices.SortFunc(points, func(a, b measure.Point) int { return cmp.Compare(b.X, a.X) })
	return points
}

// glyphs are points with a white heart, so that they show on a line and in print.
type glyphs struct {
	points []measure.Point
	floor  float64
	shape  draw.GlyphDrawer
}

const (
	glyphRadius = 3.6
	heartRadius = 2
)

// Plot draws the points.
func (g *glyphs) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, point := range g.points {
		g.mark(c, vg.Point{X: x(point.X), Y: y(max(g.floor, point.Value))})
	}
}

// Thumbnail draws one point in the legend.
func (g *glyphs) Thumbnail(c *draw.Canvas) { g.mark(*c, c.Center()) }

func (g *glyphs) mark(c draw.Canvas, at vg.Point) {
	c.DrawGlyph(draw.GlyphStyle{Color: black, Radius: vg.Points(glyphRadius), Shape: g.shape}, at)
	c.DrawGlyph(draw.GlyphStyle{Color: white, Radius: vg.Points(heartRadius), Shape: g.shape}, at)
}
