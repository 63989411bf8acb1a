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

// fit is the target's own score of one query of one example, and what the shadow models say of it.
type fit struct {
	own     float64
	in, out estimate
}

// tiny keeps a deviation from being zero, as in plot.py.
const tiny = 1e-30

// form is how an attack uses the shadow models.
type form struct {
	usesIn, usesOut bool
	pooled          bool // one deviation for all examples
	centred         bool // around each example's median, not around the common mean
	score           func(fit) float64
}

var forms = map[LiRA]form{
	Online:        {usesIn: true, usesOut: true, score: logRatio},
	OnlineFixed:   {usesIn: true, usesOut: true, pooled: true, score: logRatioOneDeviation},
	OnlineFixed2:  {usesIn: true, usesOut: true, pooled: true, centred: true, score: logRatio},
	Offline:       {usesOut: true, score: negatedLogDensity},
	OfflineFixed:  {usesOut: true, pooled: true, score: negatedLogDensity},
	OfflineZ:      {usesOut: true, score: standardised},
	OfflineZFixed: {usesOut: true, pooled: true, centred: true, score: standardised},
	Global:        {score: func(f fit) float64 { return f.own }},
}

func logRatio(f fit) float64 {
	in, out := f.in.standardise(f.own), f.out.standardise(f.own)
	return (out*out-in*in)/2 + fastLog(f.out.deviation*f.in.inverse)
}

func logRatioOneDeviation(f fit) float64 {
	f.out.spread = f.in.spread
	return logRatio(f)
}

func negatedLogDensity(f fit) float64 {
	z := standardised(f)
	return z*z/2 + fastLog(f.out.deviation) + math.Log(2*math.Pi)/2
}

func standardised(f fit) float64 { return f.out.standardise(f.own) }

func (e estimate) standardise(s float64) float64 { return (s - e.median) * e.inverse }

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
