package plot

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"bugbar/measure"
)

var (
	black = color.Gray{Y: 0}
	dark  = color.Gray{Y: 90}
	light = color.Gray{Y: 222}
	white = color.Gray{Y: 255}
)

var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

func size(points float64) font.Font {
	f := sans
	f.Size = vg.Points(points)
	return f
}

// newPlot is an empty plot in the house's type and line widths.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Padding = vg.Points(6)
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font = size(11)
		axis.Label.Padding = vg.Points(4)
		axis.Tick.Label.Font = size(10)
		axis.Padding = 0
		axis.LineStyle.Width = vg.Points(0.8)
		axis.Tick.LineStyle.Width = vg.Points(0.8)
	}
	p.Legend.TextStyle.Font = size(9.5)
	p.Legend.Padding = vg.Points(2)
	p.Legend.ThumbnailWidth = vg.Points(24)
	return p
}

// strokes tell curves apart without colour: the attack is the solid black one.
var strokes = []draw.LineStyle{
	{Color: black, Width: vg.Points(1.6)},
	{Color: dark, Width: vg.Points(1.3), Dashes: []vg.Length{vg.Points(5), vg.Points(3)}},
	{Color: dark, Width: vg.Points(1.3), Dashes: []vg.Length{vg.Points(1.5), vg.Points(2.5)}},
}

var dotted = draw.LineStyle{Color: dark, Width: vg.Points(0.9), Dashes: []vg.Length{vg.Points(1.5), vg.Points(2.5)}}

var markers = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}}

// band is the region between the bounds of a curve's points, cut to the given range.
func band(points []measure.Point, lo, hi float64) *plotter.Polygon {
	cut := func(v float64) float64 { return min(hi, max(lo, v)) }
	outline := make(plotter.XYs, 0, 2*len(points))
	for _, p := range points {
		outline = append(outline, plotter.XY{X: p.X, Y: cut(p.Hi)})
	}
	for i := len(points) - 1; i >= 0; i-- {
		outline = append(outline, plotter.XY{X: points[i].X, Y: cut(points[i].Lo)})
	}
	polygon, err := plotter.NewPolygon(outline)
	if err != nil {
		panic(err) // only for points that are not finite, of which there are none
	}
	polygon.Color = light
	polygon.LineStyle.Width = 0
	return polygon
}

// line is a curve through points, values below floor drawn on it.
func line(points []measure.Point, floor float64, style draw.LineStyle) *plotter.Line {
	xys := make(plotter.XYs, len(points))
	for i, p := range points {
		xys[i] = plotter.XY{X: p.X, Y: max(floor, p.Value)}
	}
	return &plotter.Line{XYs: xys, LineStyle: style}
}

// bars are the intervals of points, upright.
type bars struct {
	points []measure.Point
	lo, hi float64
}

// Plot draws the bars with short ends.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := draw.LineStyle{Color: black, Width: vg.Points(1)}
	const half = 3
	for _, point := range b.points {
		at, low, high := x(point.X), y(max(b.lo, point.Lo)), y(min(b.hi, point.Hi))
		c.StrokeLine2(style, at, low, at, high)
		c.StrokeLine2(style, at-half, low, at+half, low)
		c.StrokeLine2(style, at-half, high, at+half, high)
	}
}

// decades are the ticks of a logarithmic axis, with a label at each power of ten.
type decades struct{}

func (decades) Ticks(lo, hi float64) (ticks []plot.Tick) {
	for e := math.Floor(math.Log10(lo) + 1e-9); e <= math.Log10(hi)+1e-9; e++ {
		decade := math.Pow(10, e)
		ticks = append(ticks, plot.Tick{Value: decade, Label: strconv.FormatFloat(decade, 'g', 6, 64)})
		for m := 2.0; m < 10; m++ {
			if v := m * decade; v >= lo && v <= hi {
				ticks = append(ticks, plot.Tick{Value: v})
			}
		}
	}
	return ticks
}

// rates are the ticks of an axis between 0 and 1, a label at every second one where there are many.
type rates struct{}

func (rates) Ticks(lo, hi float64) (ticks []plot.Tick) {
	for i := range 11 {
		tick := plot.Tick{Value: float64(i) / 10}
		if i%2 == 0 || hi-lo < 0.7 {
			tick.Label = strconv.FormatFloat(tick.Value, 'g', 1, 64)
		}
		if tick.Value >= lo && tick.Value <= hi {
			ticks = append(ticks, tick)
		}
	}
	return ticks
}
