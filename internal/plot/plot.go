// Package plot draws what a measurement found, to be read in black and white and on paper.
//
// In: a measure.Result. Out: an SVG or PNG file with the plot that the field expects of its kind: a ROC on
// two logarithmic axes with its band and operating points, success against budget, a calibration, or a
// forest plot of rates with their intervals. The same result always gives the same file.
package plot

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"bugbar/measure"
)

// figure is a plot with the room that it needs.
type figure struct {
	*plot.Plot
	width, height vg.Length
	margin        vg.Length           // on the right of the axes, for notes
	notes         func(c draw.Canvas) // drawn over the whole canvas; may be nil
}

// Save draws a result to a file that ends in .svg or .png. The file is there whole or not at all.
func Save(path string, r measure.Result) error {
	var encoded bytes.Buffer
	if err := Write(&encoded, strings.TrimPrefix(filepath.Ext(path), "."), r); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".plot-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	_, err = part.Write(encoded.Bytes())
	if closed := part.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(part.Name(), 0o644)
	}
	if err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}

// Write draws a result as svg or png. It fails for another format, and for a result in which there is
// nothing to draw.
func Write(w io.Writer, format string, r measure.Result) error {
	if format != "svg" && format != "png" {
		return fmt.Errorf("no plot format %q: use svg or png", format)
	}
	f := choose(r)
	if f == nil {
		return fmt.Errorf("%s: nothing to draw", r.Kind)
	}
	if format == "svg" {
		return f.svg(w)
	}
	canvas := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(200))
	f.draw(draw.New(canvas))
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
	return err
}

// svg names fonts that are everywhere beside the one that the text was measured with.
func (f *figure) svg(w io.Writer) error {
	canvas := vgsvg.New(f.width, f.height)
	f.draw(draw.New(canvas))
	var text bytes.Buffer
	if _, err := canvas.WriteTo(&text); err != nil {
		return err
	}
	_, err := w.Write(bytes.ReplaceAll(text.Bytes(),
		[]byte("font-family:Liberation Sans"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif")))
	return err
}

func (f *figure) draw(c draw.Canvas) {
	c.SetColor(white)
	c.Fill(c.Rectangle.Path())
	inner := draw.Crop(c, vg.Points(6), -vg.Points(10)-f.margin, vg.Points(6), -vg.Points(8))
	f.Draw(inner)
	if f.notes != nil {
		f.notes(inner)
	}
}

// choose picks the plot of a kind, or the forest of its rates where it has no curve.
func choose(r measure.Result) *figure {
	curves := map[string][]measure.Curve{}
	for _, c := range r.Curves {
		if len(c.Points) > 0 {
			curves[c.ID] = append(curves[c.ID], c)
		}
	}
	switch {
	case len(curves["roc"]) > 0:
		return roc(r, curves["roc"][0])
	case len(curves["calibration"]) > 0:
		return calibration(r, curves["calibration"][0])
	case len(curves["cost"]) > 0:
		return budget(curves["cost"], "number of queries to the attacked model")
	case len(curves["budget"]) > 0:
		return budget(sameAxis(curves["budget"]), "")
	}
	return forest(r)
}

// sameAxis keeps the curves that count on the axis of the first.
func sameAxis(curves []measure.Curve) (same []measure.Curve) {
	for _, c := range curves {
		if c.X == curves[0].X {
			same = append(same, c)
		}
	}
	return same
}
