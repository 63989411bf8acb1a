package measure

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// testdata/two-arm.csv holds what SciPy and statsmodels say; the script beside it made it.
func TestTwoArmsAgreeWithSciPy(t *testing.T) {
	t.Parallel()
	for i, row := range tabled(t, "testdata/two-arm.csv") {
		k1, n1, k2, n2 := int(row[0]), int(row[1]), int(row[2]), int(row[3])
		interval := Newcombe(k1, n1, k2, n2, Level)
		greater, twoSided := FisherExact(k1, n1, k2, n2)
		pairGreater, pairTwoSided := Pairs{AttackOnly: k1, BaselineOnly: k2}.McNemar()
		for j, got := range []float64{interval.Lo, interval.Hi, greater, twoSided, pairGreater, pairTwoSided} {
			if want := row[4+j]; math.Abs(got-want) > 1e-10*max(math.Abs(want), 1e-3) {
				t.Errorf("row %d, %d/%d against %d/%d: column %d is %.15g, want %.15g", i+2, k1, n1, k2, n2, 5+j, got, want)
			}
		}
	}
}

func TestNewcombeBelongsToItsDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n1, n2 := rapid.IntRange(0, 5000).Draw(t, "n1"), rapid.IntRange(0, 5000).Draw(t, "n2")
		k1, k2 := rapid.IntRange(0, n1).Draw(t, "k1"), rapid.IntRange(0, n2).Draw(t, "k2")
		got, mirror := Newcombe(k1, n1, k2, n2, Level), Newcombe(k2, n2, k1, n1, Level)
		d := share(k1, n1) - share(k2, n2)
		if !(got.Lo >= -1-1e-12 && got.Lo <= d && d <= got.Hi && got.Hi <= 1+1e-12) {
			t.Fatalf("difference %g has the interval %+v", d, got)
		}
		if math.Abs(got.Lo+mirror.Hi) > 1e-12 || math.Abs(got.Hi+mirror.Lo) > 1e-12 {
			t.Fatalf("swapping the arms does not mirror %+v: %+v", got, mirror)
		}
	})
}

func TestFisherExactAtSize(t *testing.T) {
	t.Parallel()
	// A million against a million: half of all tables, and half of the middle one, whose mass is
	// 2/sqrt(pi n) by the normal density with variance n/8.
	const n = 1_000_000
	greater, twoSided := FisherExact(n/2, n, n/2, n)
	if want := 0.5 + 1/math.Sqrt(math.Pi*n); math.Abs(greater-want) > 1e-8 || math.Abs(twoSided-1) > 1e-12 {
		t.Errorf("got %.12g, %.15g, want %.12g, 1", greater, twoSided, want)
	}
	if greater, _ := FisherExact(3, 2, 0, 1); !math.IsNaN(greater) {
		t.Errorf("3 of 2 gives %g", greater)
	}
}

// tabled reads the numbers of a CSV file below its header.
func tabled(t *testing.T, path string) [][]float64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]float64
	for _, record := range records[1:] {
		row := make([]float64, len(record))
		for i, cell := range record {
			if row[i], err = strconv.ParseFloat(cell, 64); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, row)
	}
	return rows
}
