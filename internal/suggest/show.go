package suggest

import (
	"strings"
	"unicode"
)

// Hidden stands in a shown text for characters that nobody sees.
const Hidden = "[invisible characters]"

// Show makes a text safe to hand on: each run of invisible and direction-changing characters becomes
// the mark Hidden. Offsets holds for each byte of the shown text its place in the received one, and
// the received length at the end.
func Show(received string) (shown string, offsets []int) {
	var out strings.Builder
	offsets = make([]int, 0, len(received)+1)
	hiding := false
	for i, r := range received {
		hides := isTurning(r) || isInvisible(r) && !unicode.IsSpace(r)
		piece := string(r)
		if hides {
			piece = Hidden
		}
		if !hides || !hiding {
			out.WriteString(piece)
			for range len(piece) {
				offsets = append(offsets, i)
			}
		}
		hiding = hides
	}
	return out.String(), append(offsets, len(received))
}
