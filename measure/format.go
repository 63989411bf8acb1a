package measure

import (
	"fmt"
	"math"
	"strconv"
)

// String is the value with its interval, to no more digits than the interval supports: its width to two
// digits, or three where a bound would be rounded to zero. A count is written without an interval, and a value that has none to three digits.
func (m Metric) String() string {
	switch width := m.Hi - m.Lo; {
	case m.Method == "count":
		return strconv.FormatFloat(m.Value, 'f', -1, 64)
	case m.Level == 0 || math.IsNaN(width):
		return strconv.FormatFloat(m.Value, 'g', 3, 64)
	case math.IsInf(width, 1) || width == 0:
		return fmt.Sprintf("%.3g [%.3g, %.3g]", m.Value, m.Lo, m.Hi)
	default:
		digits := min(12, max(0, 1-int(math.Floor(math.Log10(width)))))
		if least := math.Pow10(-digits) / 2; m.Lo != 0 && math.Abs(m.Lo) < least || m.Hi != 0 && math.Abs(m.Hi) < least {
			digits++ // on which side of zero a bound lies matters
		}
		return fmt.Sprintf("%.*f [%.*f, %.*f]", digits, m.Value, digits, m.Lo, digits, m.Hi)
	}
}
