// Package million makes casebooks of any size for measurements and tests: a number of cases with five
// times as many events, the same for the same seed. States, types, outcomes, products and people are spread as in
// a programme that has run for five years: most cases are closed, words follow Zipf's law, a fiftieth is under embargo
// with a few people named, and some are in quarantine.
package million

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"bugbar/bars"
	"bugbar/internal/casebook"
)

// Now is the time at which a made casebook ends.
var Now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// span is how long the programme has run.
const span = 5 * 365 * 24 * time.Hour

// team is how many people triage, in these roles in turn; reporters is how many have an account.
const (
	team      = 40
	reporters = 300
)

var roles = []casebook.Role{
	casebook.Triager, casebook.Triager, casebook.Analyst, casebook.Triager, casebook.Reviewer, casebook.Intake, casebook.Analyst, casebook.Manager,
	casebook.Editor, casebook.Publisher,
}

// maker makes cases.
type maker struct {
	seed      uint64
	n         int
	bar       string
	answers   []answer
	people    []casebook.ID // the team
	assigned  []casebook.ID // those of them whom cases are assigned to
	reporters []casebook.ID
}

// Fill fills an empty casebook with n cases. progress is called with how many are made.
func Fill(ctx context.Context, b *casebook.Book, n int, seed uint64, progress func(done int)) error {
	rules, err := bars.Load(bars.Default)
	if err != nil {
		return err
	}
	m := &maker{seed: seed, n: n, bar: rules.ID + "@" + rules.Edition}
	if m.answers, err = answers(rules, seed); err != nil {
		return err
	}
	if err := m.hire(ctx, b); err != nil {
		return err
	}
	_, err = b.Load(ctx, m.all(progress))
	return err
}

// Handle is what the i-th person of the team is called.
func Handle(i int) string { return fmt.Sprintf("u%02d", i) }

// hire makes the team and the reporters known.
func (m *maker) hire(ctx context.Context, b *casebook.Book) error {
	by := casebook.Write{Actor: casebook.SystemActor}
	for i := range team + reporters {
		handle, has := Handle(i), []casebook.Role{roles[i%len(roles)]}
		if i >= team {
			handle, has = fmt.Sprintf("reporter%03d", i-team), nil
		}
		p, err := b.AddPerson(ctx, by, handle, has, casebook.Identity{})
		if err != nil {
			return err
		}
		switch {
		case i >= team:
			m.reporters = append(m.reporters, p.ID)
		case has[0] == casebook.Triager || has[0] == casebook.Analyst:
			m.assigned = append(m.assigned, p.ID)
			fallthrough
		default:
			m.people = append(m.people, p.ID)
		}
	}
	return nil
}

// all makes the cases, in the order of their arrival.
func (m *maker) all(progress func(int)) iter.Seq[casebook.History] {
	return func(yield func(casebook.History) bool) {
		for i := range m.n {
			if !yield(m.history(i)) {
				return
			}
			if (i+1)%10000 == 0 {
				progress(i + 1)
			}
		}
	}
}

// arrival spreads the cases evenly; each has a slot of time of its own.
func (m *maker) arrival(i int) time.Time {
	return Now.Add(-span).Add(time.Duration(float64(span) * float64(i) / float64(m.n)))
}

func (m *maker) random(i int) *rand.Rand { return rand.New(rand.NewPCG(m.seed, uint64(i))) }
