package measure

import (
	"fmt"
	"math"
	"slices"
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

// Shadows is a view of the scores of a set of examples under models trained on known parts of it. Its
// functions may be called concurrently. A score is the logit of the confidence in the true label
// (see LogitScore), higher for members.
type Shadows struct {
	Examples, Models int
	Queries          int // per example and model, for instance augmentations; usually 1
	// Scores fills in Models*Queries scores of an example, the queries of a model side by side.
	Scores func(example int, into []float64)
	// In fills in, for each model, whether it trained on the example.
	In func(example int, into []bool)
}

// LiRAOptions choose the form of attack and the models that it learns from.
type LiRAOptions struct {
	Attack LiRA // Online if empty
	// AllShadows uses every shadow model of an example. Without it each example uses as many as the
	// one with the fewest, the first ones, as plot.py does; that matters where counts differ.
	AllShadows bool
}

// AttackOne returns the score of each example in an attack on one model, the others being its shadows.
func (s Shadows) AttackOne(target int, o LiRAOptions) ([]float64, error) {
	scores, _, err := s.attackOne(target, o)
	return scores, err
}

// Attack returns the scores of AttackOne with the membership that they are measured by.
func (s Shadows) Attack(target int, o LiRAOptions) (*Scores, error) {
	scores, member, err := s.attackOne(target, o)
	if err != nil {
		return nil, err
	}
	return NewScores(scores, member)
}

func (s Shadows) attackOne(target int, o LiRAOptions) (scores []float64, member []bool, err error) {
	run, err := s.prepare([]int{target}, o)
	if err != nil {
		return nil, nil, err
	}
	scores, member = make([]float64, s.Examples), make([]bool, s.Examples)
	run.attack(func(_, example int, _ group, in []bool, of []float64) {
		scores[example], member[example] = of[0], in[target]
	})
	return scores, member, nil
}

// AttackAll attacks each model in turn, with the others as its shadows, and returns all scores, those
// of an example as one record. It costs little more than one attack: what an example's shadow scores
// have in common is found once, and each target taken out of it.
func (s Shadows) AttackAll(o LiRAOptions) (*Scores, error) {
	targets := make([]int, max(1, s.Models))
	for i := range targets {
		targets[i] = i
	}
	run, err := s.prepare(targets, o)
	if err != nil {
		return nil, err
	}
	scores, places := s.placeAll()
	run.attack(func(chunk, example int, g group, in []bool, values []float64) {
		for i, target := range g.targets {
			class, place := &scores.nonmembers, &places[chunk].nonmembers
			if in[target] {
				class, place = &scores.members, &places[chunk].members
			}
			class.values[*place], class.records[*place] = values[i], uint32(example)
			*place++
		}
	})
	return scores, nil
}

// places is where the next score of a member and of a non-member goes.
type places struct{ members, nonmembers int }

// placeAll makes room for a score of every example under every model, and tells where those of each
// chunk begin.
func (s Shadows) placeAll() (*Scores, []places) {
	var starts []places
	var next places
	in := make([]bool, s.Models)
	for example := range s.Examples {
		if example%chunk == 0 {
			starts = append(starts, next)
		}
		s.In(example, in)
		members, nonmembers := classes(in)
		next = places{next.members + members, next.nonmembers + nonmembers}
	}
	room := func(n int) sample { return sample{values: make([]float64, n), records: make([]uint32, n)} }
	return &Scores{members: room(next.members), nonmembers: room(next.nonmembers), clustered: true}, starts
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

// prepare checks the evidence and splits the targets by the number of shadow models that may be used.
func (s Shadows) prepare(targets []int, o LiRAOptions) (*liraRun, error) {
	f, err := formOf(o.Attack)
	switch {
	case err != nil:
		return nil, err
	case s.Examples < 1 || s.Models < 2 || s.Queries < 1:
		return nil, fmt.Errorf("%d examples, %d models and %d queries; an example, two models and a query are needed",
			s.Examples, s.Models, s.Queries)
	case slices.Min(targets) < 0 || slices.Max(targets) >= s.Models:
		return nil, fmt.Errorf("no model %d; they are numbered from 0 to %d", slices.Max(targets), s.Models-1)
	}
	run := &liraRun{Shadows: s, form: f, all: o.AllShadows, targets: targets}
	return run, run.countShadows()
}
