package measure

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"kitten", "sitting", 3},
		{"naïve", "naive", 1}, // characters, not bytes
		{strings.Repeat("a", 64), strings.Repeat("a", 65), 1},
		{strings.Repeat("ab", 100), strings.Repeat("ba", 100), 2},
	} {
		if got := EditDistance(c.a, c.b); got != c.want {
			t.Errorf("EditDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// The bit vectors must say what the textbook's table says, across the border of a word.
func TestBitVectorsAgreeWithTheTable(t *testing.T) {
	t.Parallel()
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abcé")), 0, 200, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		distance, subsequence := table([]rune(a), []rune(b))
		if got := EditDistance(a, b); got != distance {
			t.Errorf("edit distance %d, want %d", got, distance)
		}
		if got := commonSubsequence([]rune(a), []rune(b)); got != subsequence {
			t.Errorf("common subsequence %d, want %d", got, subsequence)
		}
	})
}

func table(a, b []rune) (distance, subsequence int) {
	d, s := make([][]int, len(a)+1), make([][]int, len(a)+1)
	for i := range d {
		d[i], s[i] = make([]int, len(b)+1), make([]int, len(b)+1)
		for j := range d[i] {
			switch {
			case i == 0 || j == 0:
				d[i][j] = i + j
			case a[i-1] == b[j-1]:
				d[i][j], s[i][j] = d[i-1][j-1], s[i-1][j-1]+1
			default:
				d[i][j] = 1 + min(d[i-1][j-1], d[i-1][j], d[i][j-1])
				s[i][j] = max(s[i-1][j], s[i][j-1])
			}
		}
	}
	return d[len(a)][len(b)], s[len(a)][len(b)]
}

func TestTextMeasures(t *testing.T) {
	t.Parallel()
	reference, candidate := "the cat sat on the mat", "so the cat on a mat sat"
	if got, want := RougeL(reference, candidate), 4.0/6; got != want {
		t.Errorf("RougeL = %g, want %g (the cat on mat)", got, want)
	}
	for k, want := range map[int]bool{1: true, 2: true, 3: false, 7: false} {
		if got := VerbatimRun(reference, candidate, k); got != want {
			t.Errorf("a run of %d words: %v, want %v", k, got, want)
		}
	}
	if VerbatimRun("ab c", "a bc", 1) {
		t.Error("words that differ make a run")
	}
	if got := commonRun("hunter2-secret", "it is unter2-sec, I think"); got != 10 {
		t.Errorf("common run of %d characters, want 10", got)
	}
	if RougeL("", "a") != 0 || EditSimilarity("", "") != 1 {
		t.Error("empty texts")
	}
}

func TestRunsAreContained(t *testing.T) {
	t.Parallel()
	words := rapid.SliceOfN(rapid.StringMatching(`[a-c]{1,2}`), 1, 12)
	rapid.Check(t, func(t *rapid.T) {
		a, b, k := words.Draw(t, "a"), words.Draw(t, "b"), rapid.IntRange(1, 4).Draw(t, "k")
		want := false
		for i := 0; i+k <= len(a); i++ {
			piece := " " + strings.Join(a[i:i+k], " ") + " "
			want = want || strings.Contains(" "+strings.Join(b, " ")+" ", piece)
		}
		if got := VerbatimRun(strings.Join(a, " "), strings.Join(b, "\n"), k); got != want {
			t.Errorf("run of %d: %v, want %v", k, got, want)
		}
	})
}
