package measure

import (
	"iter"
	"math/bits"
	"strings"
)

// EditDistance is the least number of inserted, deleted and replaced characters between two texts
// (Levenshtein 1966), in time len(a)/64 * len(b) by bit vectors (Hyyrö 2003, "A bit-vector algorithm for
// computing Levenshtein and Damerau edit distances").
func EditDistance(a, b string) int {
	pattern := []rune(a)
	if len(pattern) == 0 {
		return len([]rune(b))
	}
	where, words := occurrences(pattern)
	none := make([]uint64, words)
	up, down := make([]uint64, words), make([]uint64, words) // vertical steps +1 and -1 of the column
	for w := range up {
		up[w] = ^uint64(0)
	}
	distance, last := len(pattern), uint(len(pattern)-1)%64
	for _, r := range b {
		match, known := where[r]
		if !known {
			match = none
		}
		carryUp, carryDown := uint64(1), uint64(0) // the row above grows by one per column
		for w := range words {
			pv, mv, eq := up[w], down[w], match[w]
			xv := eq | mv
			eq |= carryDown
			xh := (((eq & pv) + pv) ^ pv) | eq
			ph, mh := mv|^(xh|pv), pv&xh
			if w == words-1 {
				distance += int(ph>>last&1) - int(mh>>last&1)
			}
			nextUp, nextDown := ph>>63, mh>>63
			ph, mh = ph<<1|carryUp, mh<<1|carryDown
			up[w], down[w] = mh|^(xv|ph), ph&xv
			carryUp, carryDown = nextUp, nextDown
		}
	}
	return distance
}

// EditSimilarity is 1 less EditDistance over the longer length in characters, from 0 to 1; two empty
// texts are alike (Ippolito et al. 2023, "Preventing verbatim memorization", section 5).
func EditSimilarity(a, b string) float64 {
	longer := max(len([]rune(a)), len([]rune(b)))
	if longer == 0 {
		return 1
	}
	return 1 - float64(EditDistance(a, b))/float64(longer)
}

// RougeL is the recall of ROUGE-L: the longest common subsequence of words over the words of the
// reference (Lin 2004, "ROUGE", equation 2), from 0 to 1, and 0 for an empty reference. Words are what
// white space separates.
func RougeL(reference, candidate string) float64 {
	words := strings.Fields(reference)
	if len(words) == 0 {
		return 0
	}
	return float64(commonSubsequence(words, strings.Fields(candidate))) / float64(len(words))
}

// commonSubsequence is the length of the longest common subsequence (Hyyrö 2004, "Bit-parallel
// LCS-length computation revisited"): a clear bit of row is a step of its length.
func commonSubsequence[T comparable](a, b []T) int {
	where, words := occurrences(a)
	row := make([]uint64, words)
	for w := range row {
		row[w] = ^uint64(0)
	}
	for _, item := range b {
		match, known := where[item]
		if !known {
			continue
		}
		carry := uint64(0)
		for w := range words {
			kept := row[w] & match[w]
			var sum uint64
			sum, carry = bits.Add64(row[w], kept, carry)
			row[w] = sum | (row[w] &^ match[w])
		}
	}
	length := 0
	for w, v := range row {
		unused := max(0, (w+1)*64-len(a))
		length += 64 - bits.OnesCount64(v<<unused) - unused
	}
	return length
}

// occurrences has, for each item, one bit per place at which it stands, in so many words.
func occurrences[T comparable](items []T) (where map[T][]uint64, words int) {
	words = (len(items) + 63) / 64
	where = map[T][]uint64{}
	for i, item := range items {
		if where[item] == nil {
			where[item] = make([]uint64, words)
		}
		where[item][i/64] |= 1 << (i % 64)
	}
	return where, words
}

// VerbatimRun tells whether candidate holds k words in a row that stand so in reference.
func VerbatimRun(reference, candidate string, k int) bool {
	known := map[string]bool{}
	for run := range runs(reference, k) {
		known[run] = true
	}
	for run := range runs(candidate, k) {
		if known[run] {
			return true
		}
	}
	return false
}

// runs yields every k words in a row, joined by one space.
func runs(text string, k int) iter.Seq[string] {
	return func(yield func(string) bool) {
		words := strings.Fields(text)
		joined := strings.Join(words, " ")
		start := 0
		for i := 0; i+k <= len(words); i++ {
			length := k - 1
			for _, word := range words[i : i+k] {
				length += len(word)
			}
			if !yield(joined[start : start+length]) {
				return
			}
			start += len(words[i]) + 1
		}
	}
}

// commonRun is the length in characters of the longest piece of text that both hold.
func commonRun(a, b string) (longest int) {
	y := []rune(b)
	above := make([]int, len(y)+1)
	for _, r := range a {
		diagonal := 0
		for j, s := range y {
			run := 0
			if r == s {
				run = diagonal + 1
			}
			diagonal, above[j+1] = above[j+1], run
			longest = max(longest, run)
		}
	}
	return longest
}
