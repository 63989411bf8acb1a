// Package spelling finds the known word that somebody probably meant. What was typed is hostile: words that are longer
// than any of ours are not compared, so that a hint costs next to nothing whatever it is for.
package spelling

import "strings"

// maxWord bounds what is compared, in bytes: the time goes with the product of both lengths.
const maxWord = 64

// Nearest returns the known word within a third of a word's length in edits, the first of equally near ones; "" where
// none is that near. Small and capital letters are alike.
func Nearest(word string, known []string) string {
	if len(word) > maxWord {
		return ""
	}
	best, bestDistance := "", len(word)/3+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is Levenshtein's, in bytes: the words that are known are ASCII.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
