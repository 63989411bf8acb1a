package measure

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
)

func TestProportionEdges(t *testing.T) {
	t.Parallel()
	for _, interval := range []func(k, n int, level float64) Interval{Wilson, ClopperPearson} {
		none := interval(0, 5, Level)
		if none.Lo != 0 || none.Hi <= 0 || none.Hi >= 1 {
			t.Errorf("0 of 5: %+v", none)
		}
		if all := interval(5, 5, Level); all.Hi != 1 || math.Abs(all.Lo-(1-none.Hi)) > 1e-15 {
			t.Errorf("5 of 5: %+v is not the mirror of %+v", all, none)
		}
		if empty := interval(0, 0, Level); empty.Lo != 0 || empty.Hi != 1 {
			t.Errorf("0 of 0: %+v", empty)
		}
		if wrong := interval(6, 5, Level); !math.IsNaN(wrong.Lo) || !math.IsNaN(wrong.Hi) {
			t.Errorf("6 of 5: %+v", wrong)
		}
	}
}

func TestUpperBoundOfNone(t *testing.T) {
	t.Parallel()
	// With k = 0 the bound has a closed form: (1-p)^n = 1-level.
	for _, n := range []int{1, 20, 299, 3688, 1e7} {
		want := -math.Expm1(math.Log(0.05) / float64(n))
		if got := UpperBound(0, n, 0.95); math.Abs(got-want) > 1e-13*want {
			t.Errorf("UpperBound(0, %d) = %.17g, want %.17g", n, got, want)
		}
	}
}

// testdata/intervals.csv holds what SciPy says; the script beside it made it.
func TestIntervalsAgreeWithSciPy(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/intervals.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows = rows[1:]; len(rows) < 200 {
		t.Fatalf("%d rows, want 200 or more", len(rows))
	}
	for i, row := range rows {
		var n [7]float64
		for j, field := range row[1:] {
			n[j], _ = strconv.ParseFloat(field, 64) // methods of two counts leave two fields empty
		}
		got := tabledInterval(t, row[0], [4]int{int(n[0]), int(n[1]), int(n[2]), int(n[3])}, n[4])
		if !near(got.Lo, n[5], 1e-9) || !near(got.Hi, n[6], 1e-9) {
			t.Errorf("row %d, %v: got [%.12g, %.12g]", i+2, row, got.Lo, got.Hi)
		}
	}
}

func tabledInterval(t *testing.T, method string, n [4]int, level float64) Interval {
	t.Helper()
	switch method {
	case "wilson":
		return Wilson(n[0], n[1], level)
	case "clopper-pearson":
		return ClopperPearson(n[0], n[1], level)
	case "newcombe-paired":
		return Pairs{Both: n[0], AttackOnly: n[1], BaselineOnly: n[2], Neither: n[3]}.Newcombe(level)
	}
	t.Fatalf("no method %q", method)
	return Interval{}
}

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Abs(want)+1e-15
}
