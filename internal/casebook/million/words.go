package million

import (
	"math/rand/v2"
	"strings"
)

// common are the most frequent words; the others are made of syllables.
var common = strings.Fields("the of a to and model in prompt user attacker can is with agent data that tool injection for output system this response content from when message context instruction leak")

var syllables = strings.Fields("ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra cle dri flo gru ste")

// vocabulary is how many words there are.
const vocabulary = 60000

// Word is the word of a rank: 0 is the most frequent.
func Word(rank int) string {
	if rank < len(common) {
		return common[rank]
	}
	var w strings.Builder
	for n := rank; n > 0 || w.Len() < 4; n /= len(syllables) {
		w.WriteString(syllables[n%len(syllables)])
	}
	return w.String()
}

// Sentence is n words after Zipf's law.
func Sentence(rnd *rand.Rand, n int) string {
	z := rand.NewZipf(rnd, 1.08, 8, vocabulary-1)
	all := make([]string, n)
	for i := range all {
		all[i] = Word(int(z.Uint64()))
	}
	return strings.Join(all, " ")
}
