package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bugbar/measure"
)

var update = flag.Bool("update", false, "write the golden files")

func rate(k, n int) measure.Metric {
	i := measure.ClopperPearson(k, n, measure.Level)
	return measure.Metric{Value: float64(k) / float64(n), Lo: i.Lo, Hi: i.Hi, Level: i.Level, Method: i.Method, N: n}
}

func points(xs []float64, ks []int, n int) (of []measure.Point) {
	for i, x := range xs {
		of = append(of, measure.Point{X: x, Metric: rate(ks[i], n)})
	}
	return of
}

// examples hold one result per plot.
func examples() map[string]measure.Result {
	return map[string]measure.Result{
		"roc-of-nothing": {
			Kind: "membership", Curves: []measure.Curve{{ID: "roc", X: "fpr", Y: "tpr", Points: points([]float64{0}, []int{0}, 1)}},
		},
		"roc": {
			Kind: "membership", Metrics: map[string]measure.Metric{"tpr@0.01": rate(10, 100), "tpr@0.1": rate(30, 100), "auc": rate(7, 10)},
			Curves: []measure.Curve{{ID: "roc", X: "fpr", Y: "tpr", Points: points([]float64{0, 0.001, 0.01, 0.1, 1}, []int{0, 0, 10, 30, 100}, 100)}},
		},
		"budget": {
			Kind: "perturbation",
			Curves: []measure.Curve{
				{ID: "budget", Label: "attack", X: "epsilon", Y: "rate", Points: points([]float64{0.01, 0.1, 2}, []int{5, 50, 90}, 100)},
				{ID: "budget", Label: "random noise", X: "epsilon", Y: "rate", Points: points([]float64{0.01, 0.1, 2}, []int{0, 1, 4}, 100)},
				{ID: "budget", Label: "attack", X: "l2", Y: "rate", Points: points([]float64{1}, []int{5}, 100)},
			},
		},
		"cost": {
			Kind:   "theft",
			Curves: []measure.Curve{{ID: "cost", Label: "surrogate", X: "queries", Y: "fidelity", Points: points([]float64{50, 500}, []int{80, 90}, 100)}},
		},
		"calibration": {
			Kind: "attribute", Metrics: map[string]measure.Metric{"baseline_accuracy": rate(60, 100)},
			Curves: []measure.Curve{{ID: "calibration", X: "confidence", Y: "accuracy", Points: points([]float64{0.5, 0.7, 0.9}, []int{10, 15, 19}, 20)}},
		},
		"forest": {
			Kind: "trials", Metrics: map[string]measure.Metric{"rate": rate(17, 40), "control_rate": rate(0, 40)},
			Strata: []measure.Stratum{
				{By: "target", Value: "<script>alert(1)</script> & co", Metrics: map[string]measure.Metric{"rate": rate(9, 20)}},
				{By: "target", Value: "model-b", Metrics: map[string]measure.Metric{"rate": rate(8, 20)}},
			},
		},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, result := range examples() {
		var got bytes.Buffer
		if err := Write(&got, "svg", result); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		path := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s.svg has changed; look at it, then run with -update", name)
		}
		if err := wellFormed(got.Bytes()); err != nil {
			t.Errorf("%s.svg: %v", name, err)
		}
	}
}

func wellFormed(text []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.Token()
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "script" {
			return errors.New("a script")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func TestPNG(t *testing.T) {
	t.Parallel()
	for name, result := range examples() {
		path := filepath.Join(t.TempDir(), name+".png")
		if err := Save(path, result); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		image, err := png.Decode(file)
		file.Close()
		if err != nil || image.Bounds().Dx() < 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string]string{
		"a.pdf": "use svg or png", "a": "use svg or png", "a.svg": "nothing to draw", "none/a.svg": "no such file",
	} {
		result := measure.Result{Kind: "trials"}
		if path == "none/a.svg" {
			result = examples()["forest"]
		}
		err := Save(filepath.Join(dir, path), result)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestManyStrataAreCut(t *testing.T) {
	t.Parallel()
	result := measure.Result{Kind: "trials"}
	for i := range 1000 {
		result.Strata = append(result.Strata, measure.Stratum{
			By: "target", Value: strings.Repeat("x", 1000) + fmt.Sprint(i), Metrics: map[string]measure.Metric{"rate": rate(1, 2)},
		})
	}
	var got bytes.Buffer
	if err := Write(&got, "svg", result); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.String(), "and 941 more") || strings.Contains(got.String(), strings.Repeat("x", 40)) {
		t.Error("a plot as long as its evidence")
	}
}
