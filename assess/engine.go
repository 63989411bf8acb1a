package assess

import (
	"math/bits"
	"slices"

	"bugbar/bar"
)

// Engine assesses facts that are already resolved to sets, one for each point of its bar. It saves
// the map of names where very many facts are assessed.
type Engine struct {
	bar *bar.Bar
}

// NewEngine returns an engine for a bar.
func NewEngine(b *bar.Bar) Engine { return Engine{bar: b} }

// state is one assessment under way.
type state struct {
	bar     *bar.Bar
	sets    []bar.Set
	open    bar.Bitmap // paths that the facts leave open
	scratch bar.Bitmap
	asked   bar.Set // points that the open paths ask, one bit each
	seen    outcomes
	skip    map[string]bool // points that are not to be asked
}

// outcomes is a set of a bar's outcomes, one bit each in the order of Bar.Outcomes.
type outcomes uint64

// Assess returns the verdict of the sets: no facts, and no provenance, which only Assess knows.
func (e Engine) Assess(sets []bar.Set) Verdict {
	words := make([]uint64, 2*e.bar.Words())
	s := &state{
		bar: e.bar, sets: sets,
		open: bar.Bitmap(words[:e.bar.Words()]), scratch: bar.Bitmap(words[e.bar.Words():]),
	}
	s.bar.Open(s.open, sets)
	v := Verdict{Bar: s.bar.ID, Edition: s.bar.Edition, Outcome: bar.Undetermined, Considerations: []string{}, Changes: []Change{}}
	row := s.survey(&v)
	s.consider(&v)
	if bits.OnesCount64(uint64(s.seen)) != 1 {
		v.Next = s.next()
		return v
	}
	v.Outcome = v.Possible[0]
	if row != nil {
		v.Row, v.Section = row.ID, row.Section
	}
	v.Changes = s.changes(v.Outcome)
	return v
}

// survey lists what is possible. It returns the row, where only one is.
func (s *state) survey(v *Verdict) *bar.Row {
	paths := s.bar.Paths()
	var last *bar.Row
	for n := range s.open.All() {
		path := &paths[n]
		s.asked |= s.constrained(path)
		s.seen |= 1 << path.Row.Code()
		if path.Row != last && !slices.Contains(v.Rows, path.Row.ID) {
			v.Rows = append(v.Rows, path.Row.ID)
			s.override(v, path.Row)
		}
		last = path.Row
	}
	v.Possible = s.names(s.seen)
	for i, p := range s.bar.Points {
		if s.asked.Has(i) {
			v.Used = append(v.Used, p.ID)
		}
	}
	if len(v.Rows) == 1 {
		return last
	}
	return nil
}

func (s *state) names(set outcomes) []string {
	names := make([]string, 0, bits.OnesCount64(uint64(set)))
	for rest := uint64(set); rest != 0; rest &= rest - 1 {
		names = append(names, s.bar.Outcomes[bits.TrailingZeros64(rest)].ID)
	}
	return names
}

// constrained is the points on which a path depends: the others may have any answer along it.
func (s *state) constrained(path *bar.Path) bar.Set {
	var points bar.Set
	for i, p := range s.bar.Points {
		if path.Answers[i] != p.All() {
			points |= 1 << i
		}
	}
	return points
}

// consider lists the considerations of the scales that the possible outcomes stand on.
func (s *state) consider(v *Verdict) {
	for _, c := range s.bar.Considerations {
		for rest := uint64(s.seen); rest != 0; rest &= rest - 1 {
			if slices.Contains(c.Scales, s.bar.Outcomes[bits.TrailingZeros64(rest)].Scale) {
				v.Considerations = append(v.Considerations, c.ID)
				break
			}
		}
	}
}

// override notes that a row which is still possible is rated otherwise than in the bar below.
func (s *state) override(v *Verdict, r *bar.Row) {
	if r.BaseOutcome != "" {
		v.Overrides = append(v.Overrides, Override{
			Row: r.ID, Outcome: r.Outcome, Base: s.bar.BaseOf(r).Ref(), BaseOutcome: r.BaseOutcome, Because: r.Because,
		})
	}
}

// next chooses the open point whose answer leaves the fewest outcomes on average, each of its
// possible values counting the same; of equals the one that the bar asks first. A point that
// cannot narrow the outcomes is chosen only where no point can by itself.
func (s *state) next() *Question {
	var best *Question
	for i, p := range s.bar.Points {
		if !s.asked.Has(i) || s.sets[i].Single() || s.skip[p.ID] {
			continue
		}
		expected := s.expected(i)
		if best == nil || expected < best.Expected {
			best = &Question{Point: p.ID, Question: p.Question, Values: p.Names(s.sets[i]), Expected: expected}
		}
	}
	return best
}

// expected is the mean number of outcomes left by the possible values of point i.
func (s *state) expected(i int) float64 {
	total, values := 0, 0
	for rest := uint64(s.sets[i]); rest != 0; rest &= rest - 1 {
		left := s.left(i, bits.TrailingZeros64(rest))
		if left != 0 {
			total += bits.OnesCount64(uint64(left))
			values++
		}
	}
	return float64(total) / float64(values)
}

// left is the set of outcomes that remain when point i has that value.
func (s *state) left(i, value int) outcomes {
	paths, allow := s.bar.Paths(), s.bar.Allow(i, value)
	var left outcomes
	for w, word := range s.open {
		for word &= allow[w]; word != 0; word &= word - 1 {
			left |= 1 << paths[w*64+bits.TrailingZeros64(word)].Row.Code()
		}
	}
	return left
}

// Ask returns the question that narrows the outcomes of the facts most, passing over the points in
// skip, of which an answer is not to be had. It is nil where nothing is left to ask.
func Ask(b *bar.Bar, facts Facts, skip map[string]bool) (*Question, error) {
	s := &state{bar: b, sets: make([]bar.Set, len(b.Points)), open: make(bar.Bitmap, b.Words()), skip: skip}
	if err := facts.sets(b, s.sets); err != nil {
		return nil, err
	}
	b.Open(s.open, s.sets)
	s.survey(&Verdict{})
	if bits.OnesCount64(uint64(s.seen)) == 1 {
		return nil, nil
	}
	return s.next(), nil
}
