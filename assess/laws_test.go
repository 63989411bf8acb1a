package assess_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars/barstest"
)

// evaluate is a second evaluator, slow and obvious: it reads the tables row by row, as a person
// would, and returns the row that complete facts lead to.
func evaluate(b *bar.Bar, facts map[string]string) *bar.Row {
	table := b.Entry
	for {
		var hit *bar.Row
		for _, t := range b.Tables {
			if t.ID != table {
				continue
			}
			for _, r := range t.Rows {
				fires := true
				for point, values := range r.When {
					if !slices.Contains(values, facts[point]) {
						fires = false
					}
				}
				if fires {
					hit = r
				}
			}
		}
		if hit.Table == "" {
			return hit
		}
		table = hit.Table
	}
}

// eachComplete calls do with every combination of a bar's values.
func eachComplete(b *bar.Bar, do func(map[string]string)) {
	facts := map[string]string{}
	var choose func(i int)
	choose = func(i int) {
		if i == len(b.Points) {
			do(facts)
			return
		}
		for _, v := range b.Points[i].Values {
			facts[b.Points[i].ID] = v.ID
			choose(i + 1)
		}
	}
	choose(0)
}

// TestEveryCombination holds the engine to the second evaluator on ALL complete facts of every
// shipped bar: Decide, and the verdict of Assess.
func TestEveryCombination(t *testing.T) {
	t.Parallel()
	for _, b := range barstest.Shipped(t) {
		t.Run(b.Ref(), func(t *testing.T) {
			t.Parallel()
			n := 0
			values := make([]string, len(b.Points))
			sets := make([]bar.Set, len(b.Points))
			engine := assess.NewEngine(b)
			eachComplete(b, func(facts map[string]string) {
				want := evaluate(b, facts)
				for i, p := range b.Points {
					values[i] = facts[p.ID]
					_, sets[i], _ = b.SetOf(p.ID, []string{values[i]})
				}
				if got, err := b.Decide(values); err != nil || got != want {
					t.Fatalf("%v: decided %v, %v; the tables say %s", facts, got, err, want.ID)
				}
				v := engine.Assess(sets)
				if v.Outcome != want.Outcome || v.Row != want.ID || v.Next != nil || !slices.Equal(v.Possible, []string{want.Outcome}) {
					t.Fatalf("%v: assessed %+v; the tables say %s", facts, v, want.ID)
				}
				n++
			})
			t.Logf("%d combinations", n)
		})
	}
}

// anyFacts draws facts of which any part may be unknown, or known to be one of several values.
func anyFacts(t *rapid.T, b *bar.Bar) assess.Facts {
	facts := assess.Facts{}
	for _, p := range b.Points {
		set := rapid.Uint64Range(0, uint64(p.All())).Draw(t, p.ID)
		if rapid.Bool().Draw(t, p.ID+" known") {
			set = 1 << rapid.IntRange(0, len(p.Values)-1).Draw(t, p.ID+" value")
		}
		if set != 0 {
			provenance := rapid.SampledFrom(assess.Provenances).Draw(t, p.ID+" provenance")
			facts[p.ID] = assess.Fact{Values: p.Names(bar.Set(set)), Provenance: provenance}
		}
	}
	return facts
}

// forEachBar checks a law over random facts of every shipped bar.
func forEachBar(t *testing.T, law func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict)) {
	t.Helper()
	t.Parallel()
	for _, b := range barstest.Shipped(t) {
		t.Run(b.Ref(), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				facts := anyFacts(t, b)
				law(t, b, facts, mustAssess(t, b, facts))
			})
		})
	}
}

func mustAssess(t rapid.TB, b *bar.Bar, facts assess.Facts) assess.Verdict {
	t.Helper()
	v, err := assess.Assess(b, facts)
	if err != nil {
		t.Fatalf("%v: %v", facts, err)
	}
	return v
}

func TestLawPossibleIsExact(t *testing.T) {
	forEachBar(t, func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict) {
		// One completion at random: its outcome and row must be among the possible ones.
		complete := map[string]string{}
		for _, p := range b.Points {
			values := facts[p.ID].Values
			if len(values) == 0 {
				values = p.Names(p.All())
			}
			complete[p.ID] = rapid.SampledFrom(values).Draw(t, "completes "+p.ID)
		}
		row := evaluate(b, complete)
		if !slices.Contains(v.Possible, row.Outcome) || !slices.Contains(v.Rows, row.ID) {
			t.Fatalf("%v can come to %s (%s), which is not among %v %v", facts, row.Outcome, row.ID, v.Possible, v.Rows)
		}
	})
}

func TestLawOutcomeIsPossible(t *testing.T) {
	forEachBar(t, func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict) {
		if len(v.Possible) == 0 {
			t.Fatalf("%v leave nothing possible", facts)
		}
		if len(v.Possible) == 1 && v.Outcome != v.Possible[0] || len(v.Possible) > 1 && v.Outcome != bar.Undetermined {
			t.Fatalf("outcome %s of possible %v", v.Outcome, v.Possible)
		}
		if (v.Next == nil) != (len(v.Possible) == 1) {
			t.Fatalf("next question %v while %v are possible", v.Next, v.Possible)
		}
	})
}

func TestLawMoreFactsNeverWiden(t *testing.T) {
	forEachBar(t, func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict) {
		p := rapid.SampledFrom(b.Points).Draw(t, "point")
		values := facts[p.ID].Values
		if len(values) == 0 {
			values = p.Names(p.All())
		}
		more := assess.Facts{p.ID: {Values: []string{rapid.SampledFrom(values).Draw(t, "value")}, Provenance: assess.Confirmed}}
		for point, fact := range facts {
			if point != p.ID {
				more[point] = fact
			}
		}
		for _, outcome := range mustAssess(t, b, more).Possible {
			if !slices.Contains(v.Possible, outcome) {
				t.Fatalf("knowing %v of %s made %s possible, beyond %v", more[p.ID].Values, p.ID, outcome, v.Possible)
			}
		}
	})
}

func TestLawOrderIsIrrelevant(t *testing.T) {
	forEachBar(t, func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict) {
		shuffled := assess.Facts{}
		for _, point := range rapid.Permutation(keys(facts)).Draw(t, "order") {
			fact := facts[point]
			fact.Values = rapid.Permutation(fact.Values).Draw(t, "order of "+point)
			shuffled[point] = fact
		}
		again := mustAssess(t, b, shuffled)
		v.Facts, again.Facts = nil, nil
		if diff := cmp.Diff(v, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func keys(facts assess.Facts) []string {
	var ids []string
	for id := range facts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func TestLawNextQuestionMatters(t *testing.T) {
	forEachBar(t, func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict) {
		if v.Next == nil {
			return
		}
		if len(v.Next.Values) < 2 {
			t.Fatalf("asks %s, of which only %v is possible", v.Next.Point, v.Next.Values)
		}
		narrows := false
		for _, value := range v.Next.Values {
			after := answer(facts, v.Next.Point, value)
			narrows = narrows || len(mustAssess(t, b, after).Possible) < len(v.Possible)
		}
		if !narrows {
			t.Fatalf("%v: no answer to %s narrows %v", facts, v.Next.Point, v.Possible)
		}
	})
}

func answer(facts assess.Facts, point, value string) assess.Facts {
	after := assess.Facts{point: {Values: []string{value}, Provenance: assess.Confirmed}}
	for p, fact := range facts {
		if p != point {
			after[p] = fact
		}
	}
	return after
}

// TestLawQuestionsEnd answers question after question: that ends in an outcome, within one
// question for each point.
func TestLawQuestionsEnd(t *testing.T) {
	forEachBar(t, func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict) {
		for range b.Points {
			if v.Next == nil {
				break
			}
			facts = answer(facts, v.Next.Point, rapid.SampledFrom(v.Next.Values).Draw(t, "answer"))
			v = mustAssess(t, b, facts)
		}
		if v.Next != nil {
			t.Fatalf("still asks %s after every point was answered", v.Next.Point)
		}
	})
}

func TestLawChangesAreTrue(t *testing.T) {
	forEachBar(t, func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict) {
		for _, c := range v.Changes {
			if strings.Join(facts[c.Point].Values, "|") != c.From {
				t.Fatalf("change %+v does not start from %v", c, facts[c.Point].Values)
			}
			for _, to := range c.To {
				after := mustAssess(t, b, answer(facts, c.Point, to))
				settled := c.Direction != assess.Reopens // an unknown cell reopens as undetermined, which it was
				if after.Outcome != c.Outcome || settled && after.Outcome == v.Outcome {
					t.Fatalf("%s=%s gives %s; the change says %+v", c.Point, to, after.Outcome, c)
				}
				if c.Direction == assess.Reopens && !slices.Equal(after.Possible, c.Possible) {
					t.Fatalf("%s=%s leaves %v; the change says %+v", c.Point, to, after.Possible, c)
				}
				if b.Worse(after.Outcome, v.Outcome) != (c.Direction == assess.Raises) || b.Worse(v.Outcome, after.Outcome) != (c.Direction == assess.Lowers) {
					t.Fatalf("from %s to %s is said to be: %s", v.Outcome, after.Outcome, c.Direction)
				}
			}
		}
	})
}

// TestLawChangesAreWhole looks for a single fact that raises or lowers the outcome and that the
// verdict does not tell of.
func TestLawChangesAreWhole(t *testing.T) {
	forEachBar(t, func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict) {
		if v.Next != nil {
			return
		}
		for _, point := range v.Used {
			p, _ := b.Point(point)
			for _, value := range p.Values {
				known := facts[point].Values
				if len(known) == 0 || len(known) == len(p.Values) || slices.Contains(known, value.ID) {
					continue
				}
				after := mustAssess(t, b, answer(facts, point, value.ID))
				for _, direction := range []string{assess.Raises, assess.Lowers} {
					x, y := after.Outcome, v.Outcome
					if direction == assess.Lowers {
						x, y = y, x
					}
					told := slices.ContainsFunc(v.Changes, func(c assess.Change) bool { return c.Point == point && c.Direction == direction })
					if b.Worse(x, y) && !told {
						t.Fatalf("%s=%s %s %s to %s, and %+v do not say so", point, value.ID, direction, v.Outcome, after.Outcome, v.Changes)
					}
				}
			}
		}
	})
}

func TestLawWeakest(t *testing.T) {
	forEachBar(t, func(t *rapid.T, b *bar.Bar, facts assess.Facts, v assess.Verdict) {
		for _, point := range v.Used {
			fact, known := facts[point]
			if known && fact.Provenance.Weaker(v.Weakest) {
				t.Fatalf("%s is %s, weaker than %s", point, fact.Provenance, v.Weakest)
			}
		}
	})
}
