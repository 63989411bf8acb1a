package measure

import (
	"fmt"
	"math"
)

// LiRA names one form of the likelihood-ratio attack of Carlini et al. 2022. In each, an example's
// scores under the shadow models that trained on it (in) and that did not (out) are
// summed up by a median and a standard deviation, and the target's score is judged by those.
//
// The first five are the attacks of the paper's code, plot.py, as they stand; the code departs from
// the paper, and the last three follow the paper's text.
type LiRA string

const (
	Online LiRA = "online" // log N(s; in) - log N(s; out), equation 3
	// OnlineFixed takes one deviation for both sides, that of all in-scores around their common mean.
	OnlineFixed LiRA = "online-fixed"
	// Offline is -log N(s; out), which is two-sided: it also rewards low scores.
	Offline LiRA = "offline"
	// OfflineFixed takes the deviation of all out-scores around their common mean.
	OfflineFixed LiRA = "offline-fixed"
	Global       LiRA = "global" // the target's score alone

	// OnlineFixed2 takes, for each side, the deviation of all scores around their examples' medians.
	OnlineFixed2 LiRA = "online-fixed2"
	// OfflineZ is (s - out median)/deviation, which ranks as the one-sided test of equation 4 does.
	OfflineZ LiRA = "offline-z"
	// OfflineZFixed is OfflineZ with the deviation of all out-scores around their examples' medians.
	OfflineZFixed LiRA = "offline-z-fixed"
)

// LiRAs returns all forms.
func LiRAs() []LiRA {
	return []LiRA{
		Online, OnlineFixed, Offline, OfflineFixed, Global, OnlineFixed2, OfflineZ, OfflineZFixed,
	}
}

// fit is what the shadow models say of one query of one example.
type fit struct {
	inMedian, inDeviation, outMedian, outDeviation float64
}

// tiny keeps a deviation from being zero, as in plot.py.
const tiny = 1e-30

// form is how an attack uses the shadow models.
type form struct {
	usesIn, usesOut bool
	pooled          bool // one deviation for all examples
	centred         bool // around each example's median, not around the common mean
	score           func(s float64, f fit) float64
}

var forms = map[LiRA]form{
	Online:        {usesIn: true, usesOut: true, score: logRatio},
	OnlineFixed:   {usesIn: true, usesOut: true, pooled: true, score: logRatioOneDeviation},
	OnlineFixed2:  {usesIn: true, usesOut: true, pooled: true, centred: true, score: logRatio},
	Offline:       {usesOut: true, score: negatedLogDensity},
	OfflineFixed:  {usesOut: true, pooled: true, score: negatedLogDensity},
	OfflineZ:      {usesOut: true, score: standardised},
	OfflineZFixed: {usesOut: true, pooled: true, centred: true, score: standardised},
	Global:        {score: func(s float64, _ fit) float64 { return s }},
}

func logRatio(s float64, f fit) float64 {
	in, out := (s-f.inMedian)/f.inDeviation, (s-f.outMedian)/f.outDeviation
	return (out*out-in*in)/2 + math.Log(f.outDeviation/f.inDeviation)
}

func logRatioOneDeviation(s float64, f fit) float64 {
	f.outDeviation = f.inDeviation
	return logRatio(s, f)
}

func negatedLogDensity(s float64, f fit) float64 {
	z := standardised(s, f)
	return z*z/2 + math.Log(f.outDeviation) + math.Log(2*math.Pi)/2
}

func standardised(s float64, f fit) float64 { return (s - f.outMedian) / f.outDeviation }

func formOf(attack LiRA) (form, error) {
	if attack == "" {
		attack = Online
	}
	f, known := forms[attack]
	if !known {
		return f, fmt.Errorf("no attack %q; %v would do", attack, LiRAs())
	}
	return f, nil
}
