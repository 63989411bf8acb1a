package eval

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/suggest"
)

// answer is what a suggester made of one case and one decision point.
type answer struct {
	want, got  string  // got is the likeliest value, whether it was proposed or not; "" where none was given
	confidence float64 // the probability of got, given that the text states the point
	proposed   bool    // got is what was proposed
}

// Report is a measurement of one suggester. In JSON its points stand as keys beside "outcome".
type Report struct {
	Suggester string
	Cases     int
	Points    map[string]*Point // by decision point
	Outcome   Outcome
	Baselines []*Report
}

// Names lists the measured decision points.
func (r *Report) Names() []string {
	return sorted(r.Points)
}

// MarshalJSON writes the keys suggester, cases, outcome, baselines, and one for each decision point.
func (r *Report) MarshalJSON() ([]byte, error) {
	out := map[string]any{"suggester": r.Suggester, "cases": r.Cases, "outcome": r.Outcome}
	if len(r.Baselines) > 0 {
		out["baselines"] = r.Baselines
	}
	for name, p := range r.Points {
		out[name] = p
	}
	return json.Marshal(out)
}

// Point is the measurement for one decision point, on the cases whose labels state it.
type Point struct {
	Cases            int                       `json:"cases"`
	Accuracy         float64                   `json:"accuracy"` // of the likeliest value
	AccuracyInterval Interval                  `json:"accuracy_interval"`
	MacroF1          float64                   `json:"macro_f1"` // mean over the values that are labelled
	MacroF1Interval  Interval                  `json:"macro_f1_interval"`
	Proposed         float64                   `json:"proposed"`  // share of cases with a proposal
	Precision        float64                   `json:"precision"` // of the proposals
	CoverageAt95     float64                   `json:"coverage_at_95"`
	PrecisionAt60    float64                   `json:"precision_at_60"`
	ECE              float64                   `json:"ece"` // expected calibration error
	Bins             []Bin                     `json:"reliability"`
	Curve            []Cut                     `json:"coverage"`
	Confusion        map[string]map[string]int `json:"confusion"` // labelled, then answered
}

// Outcome says how often the proposed facts lead to the labelled outcome.
type Outcome struct {
	Cases             int                       `json:"cases"`
	Agreement         float64                   `json:"agreement"`
	AgreementInterval Interval                  `json:"agreement_interval"`
	Confusion         map[string]map[string]int `json:"confusion"`
}

// Interval is a 95 % interval: lower and upper bound.
type Interval [2]float64

// Bin is a stretch of probabilities of the reliability curve.
type Bin struct {
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Cases      int     `json:"cases"`
	Confidence float64 `json:"confidence"`
	Accuracy   float64 `json:"accuracy"`
}

// Cut is the precision of the answers that are surest, for a share of the cases.
type Cut struct {
	Coverage  float64 `json:"coverage"`
	Precision float64 `json:"precision"`
}

// Measure asks the suggester that of gives for each case, and compares with the labels.
func Measure(ctx context.Context, b *bar.Bar, name string, cases []suggest.Case, of func(suggest.Case) suggest.Suggester) (*Report, error) {
	answers := map[string][]answer{}
	var outcomes []answer
	for _, c := range cases {
		result, err := of(c).Suggest(ctx, c.Text)
		if err != nil {
			return nil, err
		}
		first := result.Findings[0] // a labelled case is one finding
		for point, want := range c.Facts {
			answers[point] = append(answers[point], answerTo(first.Proposal(point), want))
		}
		v, err := assess.Assess(b, first.Facts(result.Suggester))
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, answer{want: c.Outcome, got: v.Outcome})
	}
	r := &Report{Suggester: name, Cases: len(cases), Points: map[string]*Point{}}
	for point, list := range answers {
		r.Points[point] = measure(list)
	}
	r.Outcome = Outcome{
		Cases: len(outcomes), Agreement: round(accuracy(outcomes)),
		AgreementInterval: bootstrap(outcomes, accuracy), Confusion: confusion(outcomes),
	}
	return r, nil
}

func answerTo(p *suggest.Proposal, want string) answer {
	a := answer{want: want}
	if p == nil {
		return a
	}
	stated := 0.0
	for _, s := range p.Distribution {
		if s.Value == assess.Unknown {
			continue
		}
		stated += s.Probability
		if s.Probability > a.confidence {
			a.got, a.confidence = s.Value, s.Probability
		}
	}
	if stated > 0 {
		a.confidence /= stated
	}
	a.proposed = slices.Equal(p.Values, []string{a.got})
	return a
}

func measure(list []answer) *Point {
	p := &Point{
		Cases: len(list), Accuracy: round(accuracy(list)), AccuracyInterval: bootstrap(list, accuracy),
		MacroF1: round(macroF1(list)), MacroF1Interval: bootstrap(list, macroF1), Confusion: confusion(list),
	}
	var proposed []answer
	for _, a := range list {
		if a.proposed {
			proposed = append(proposed, a)
		}
	}
	p.Proposed = round(float64(len(proposed)) / float64(len(list)))
	p.Precision = round(accuracy(proposed))
	p.Bins, p.ECE = reliability(list)
	p.Curve = coverage(list)
	for _, c := range p.Curve {
		if c.Precision >= 0.95 {
			p.CoverageAt95 = c.Coverage
		}
		if c.Coverage <= 0.6+1e-9 {
			p.PrecisionAt60 = c.Precision
		}
	}
	return p
}

func accuracy(list []answer) float64 {
	right := 0
	for _, a := range list {
		if a.got == a.want {
			right++
		}
	}
	return ratio(right, len(list))
}

// macroF1 is the mean of the F1 scores of the values that are labelled at least once.
func macroF1(list []answer) float64 {
	type tally struct{ labelled, answered, both int }
	tallies := map[string]*tally{}
	of := func(value string) *tally {
		if tallies[value] == nil {
			tallies[value] = &tally{}
		}
		return tallies[value]
	}
	for _, a := range list {
		of(a.want).labelled++
		of(a.got).answered++
		if a.want == a.got {
			of(a.want).both++
		}
	}
	values, sum := 0, 0.0
	for _, value := range sorted(tallies) {
		if t := tallies[value]; t.labelled > 0 {
			values++
			sum += ratio(2*t.both, t.labelled+t.answered)
		}
	}
	return sum / float64(max(values, 1))
}

func confusion(list []answer) map[string]map[string]int {
	table := map[string]map[string]int{}
	for _, a := range list {
		if table[a.want] == nil {
			table[a.want] = map[string]int{}
		}
		table[a.want][a.got]++
	}
	return table
}

// reliability compares probabilities with what came true, in ten bins of equal width, and gives
// the expected calibration error (Guo et al., ICML 2017, equation 5).
func reliability(list []answer) ([]Bin, float64) {
	const bins = 10
	table := make([]Bin, bins)
	for i := range table {
		table[i].Low, table[i].High = float64(i)/bins, float64(i+1)/bins
	}
	for _, a := range list {
		bin := &table[min(int(a.confidence*bins), bins-1)]
		bin.Cases++
		bin.Confidence += a.confidence
		if a.got == a.want {
			bin.Accuracy++
		}
	}
	gap := 0.0
	for i := range table {
		bin := &table[i]
		gap += math.Abs(bin.Confidence - bin.Accuracy)
		bin.Confidence = round(bin.Confidence / float64(max(bin.Cases, 1)))
		bin.Accuracy = round(bin.Accuracy / float64(max(bin.Cases, 1)))
	}
	return table, round(gap / float64(max(len(list), 1)))
}

// coverage gives the precision of the surest answers for each twentieth of the cases.
func coverage(list []answer) []Cut {
	byConfidence := slices.Clone(list)
	slices.SortStableFunc(byConfidence, func(x, y answer) int { return cmp.Compare(y.confidence, x.confidence) })
	var curve []Cut
	for k := 1; k <= 20; k++ {
		if n := (len(list)*k + 19) / 20; n > 0 {
			curve = append(curve, Cut{float64(k) / 20, round(accuracy(byConfidence[:n]))})
		}
	}
	return curve
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }
