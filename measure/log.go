package measure

import "math"

// logSteps is how many steps fastLog takes from 1 to 2.
const logSteps = 128

// logStep is a number with what can be worked out of it beforehand.
type logStep struct{ at, inverse, log float64 }

var logTable = func() (table [logSteps + 1]logStep) {
	for i := range table {
		at := 1 + float64(i)/logSteps
		table[i] = logStep{at, 1 / at, math.Log(at)}
	}
	return table
}()

// fastLog is the natural logarithm, right to 3e-16 or to rounding, whichever is more. An attack on all models
// takes millions of logarithms, and math.Log needs three times as long.
func fastLog(x float64) float64 {
	bits := math.Float64bits(x)
	exponent := int(bits >> 52)
	if exponent == 0 || exponent >= 0x7ff { // zero, subnormal, negative, infinite, NaN
		return math.Log(x)
	}
	nearest := &logTable[(bits>>44&(2*logSteps-1)+1)/2]
	mantissa := math.Float64frombits(bits&(1<<52-1) | 0x3ff<<52)
	r := (mantissa - nearest.at) * nearest.inverse // within 1/256, so that the series is short
	square := r * r
	rest := r - square*((1./2-r*(1./3))+square*((1./4-r*(1./5))+square*(1./6)))
	return float64(exponent-0x3ff)*math.Ln2 + nearest.log + rest
}
