package plot

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"bugbar/measure"
)

// names are the axes in words, by metric id.
var names = map[string]string{
	"rate": "rate of success", "fidelity": "fidelity: agreement with the attacked model", "accuracy": "share of right guesses",
	"epsilon": "budget: size of the perturbation (epsilon)", "linf": "budget: largest change (L-infinity)",
	"l2": "budget: Euclidean length (L2)", "l0": "budget: changed elements (L0)", "queries": "budget: queries per input",
	"mse": "mean squared error that counts as success", "confidence": "confidence of the attacker",
	"true share": "true share of records", "estimate": "estimated share",
}

func name(id string) string {
	if words, known := names[id]; known {
		return words
	}
	return id
}

// budget draws what is reached against what is spent, the attack above its baseline.
func budget(curves []measure.Curve, x string) *figure {
	if x == "" {
		x = name(curves[0].X)
	}
	p := newPlot(x, name(curves[0].Y))
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = 0, 1, rates{}
	for _, c := range curves { // the bands lie below all lines
		p.Add(band(c.Points, 0, 1))
	}
	for i, c := range curves {
		stroke := line(c.Points, 0, strokes[i%len(strokes)])
		if len(c.Points) <= 12 {
			marks := &glyphs{points: c.Points, shape: markers[i%len(markers)]}
			p.Add(stroke, marks)
			p.Legend.Add(c.Label+", with its 95 % band", stroke, marks)
			continue
		}
		p.Add(stroke)
		p.Legend.Add(c.Label+", with its 95 % band", stroke)
	}
	scaleX(p, curves)
	placeLegend(p, curves)
	return &figure{Plot: p, width: 6.2 * vg.Inch, height: 4.2 * vg.Inch}
}

// scaleX makes the axis of what is spent logarithmic where it spans more than two decades.
func scaleX(p *plot.Plot, curves []measure.Curve) {
	least, most := math.Inf(1), math.Inf(-1)
	for _, c := range curves {
		for _, point := range c.Points {
			least, most = min(least, point.X), max(most, point.X)
		}
	}
	if least > 0 && most > 100*least {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
		p.X.Min, p.X.Max = least, most
		return
	}
	if len(curves[0].Points) <= 8 {
		p.X.Tick.Marker = ticksAt(curves[0].Points)
	}
	room := 0.04 * (most - least)
	if room == 0 {
		room = 0.5
	}
	p.X.Min, p.X.Max = least-room, most+room
	if least >= 0 && p.X.Min < 0 {
		p.X.Min = 0
	}
}

// ticksAt has a tick at each point.
func ticksAt(points []measure.Point) (ticks plot.ConstantTicks) {
	for _, p := range points {
		ticks = append(ticks, plot.Tick{Value: p.X, Label: strconv.FormatFloat(p.X, 'g', 4, 64)})
	}
	return ticks
}

// placeLegend finds the half of the right edge that is free, or else that of the left.
func placeLegend(p *plot.Plot, curves []measure.Curve) {
	first, last := 0.0, 0.0
	for _, c := range curves {
		first = max(first, c.Points[0].Hi)
		last = max(last, c.Points[len(c.Points)-1].Hi)
	}
	lowest := 1.0
	for _, c := range curves {
		lowest = min(lowest, c.Points[len(c.Points)-1].Lo)
	}
	switch {
	case lowest > 0.3:
		p.Legend.YOffs, p.Legend.XOffs = vg.Points(6), -vg.Points(6)
	default:
		p.Legend.Top, p.Legend.Left = true, first < 0.75 || last > 0.75
		p.Legend.YOffs, p.Legend.XOffs = -vg.Points(4), vg.Points(8)
		if !p.Legend.Left {
			p.Legend.XOffs = -vg.Points(6)
		}
	}
}

// calibration draws how often the attacker is right against how sure, or estimates against the truth, with
// the diagonal on which they would agree.
func calibration(r measure.Result, curve measure.Curve) *figure {
	p := newPlot(name(curve.X), name(curve.Y))
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, point := range curve.Points {
		lo, hi = min(lo, point.X, max(0, point.Lo)), max(hi, point.X, min(1, point.Hi))
	}
	room := 0.05 * (hi - lo)
	lo, hi = max(0, lo-room), min(1.02, hi+room)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lo, hi, lo, hi
	if hi-lo > 0.25 {
		p.X.Tick.Marker, p.Y.Tick.Marker = rates{}, rates{}
	}
	diagonal := &plotter.Line{XYs: plotter.XYs{{X: lo, Y: lo}, {X: hi, Y: hi}}, LineStyle: dotted}
	marks := &glyphs{points: curve.Points, floor: lo, shape: markers[0]}
	p.Add(diagonal, bars{curve.Points, lo, hi})
	if baseline, there := r.Metrics["baseline_accuracy"]; there {
		level := &plotter.Line{XYs: plotter.XYs{{X: lo, Y: baseline.Value}, {X: hi, Y: baseline.Value}}, LineStyle: strokes[1]}
		p.Add(level)
		p.Legend.Add("baseline without the model, all records", level)
	}
	p.Add(marks)
	p.Legend.Add("attack, with 95 % intervals", marks)
	p.Legend.Add("where both are the same", diagonal)
	p.Legend.YOffs, p.Legend.XOffs = vg.Points(6), -vg.Points(6)
	return &figure{Plot: p, width: 5.6 * vg.Inch, height: 4.8 * vg.Inch}
}
