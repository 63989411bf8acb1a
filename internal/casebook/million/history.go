package million

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/casebook"
	"bugbar/internal/process"
)

// answer is a set of facts and what the bar makes of it.
type answer struct {
	facts   assess.Facts
	claimed assess.Facts // of them, what the reporter says
	before  casebook.Verdict
	after   casebook.Verdict
}

// answers asks the bar's questions a number of times, each time with other answers.
func answers(rules *bar.Bar, seed uint64) ([]answer, error) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	all := make([]answer, 400)
	for i := range all {
		types := rules.Points[0].Values
		kind := types[min(int(rnd.ExpFloat64()*2), len(types)-1)].ID
		a := answer{facts: assess.Claim(rules.Points[0].ID, kind), claimed: assess.Claim(rules.Points[0].ID, kind)}
		v, err := assess.Assess(rules, a.facts)
		if err != nil {
			return nil, err
		}
		a.before = verdict(v)
		for v.Next != nil && rnd.IntN(12) > 0 {
			value := v.Next.Values[rnd.IntN(len(v.Next.Values))]
			a.facts[v.Next.Point] = assess.Fact{Values: []string{value}, Provenance: assess.Confirmed, By: "u00"}
			if v, err = assess.Assess(rules, a.facts); err != nil {
				return nil, err
			}
		}
		a.after = verdict(v)
		all[i] = a
	}
	return all, nil
}

func verdict(v assess.Verdict) casebook.Verdict {
	s := casebook.Verdict{Outcome: v.Outcome, Row: v.Row, Weakest: string(v.Weakest)}
	if v.Next != nil {
		s.Next, s.Possible = v.Next.Point, v.Possible
	}
	return s
}

var (
	products = []string{"Copilot Chat", "Copilot Studio", "Code Assistant", "Search Answers", "Model Gateway", "Speech", "Vision", "Translator", "Notebook Agent", "Mail Agent", "Red Team Lab", "Kiosk"}
	models   = []string{"m-large-2026-08", "m-small-2026-05", "m-code-3", ""}
	open     = []string{"received", "received", "received", "screening", "screening", "needs-info", "needs-info", "triaging", "triaging", "reproducing", "assessed", "accepted", "remediating", "fix-ready", "retest", "resolved", "advisory-draft", "advisory-review", "advisory-approved", "deferred"}
	closed   = []string{"closed", "closed", "closed", "closed", "closed", "duplicate", "duplicate", "not-a-vulnerability", "not-a-vulnerability", "spam", "published", "out-of-scope", "not-reproducible", "no-response", "other-vendor", "withdrawn"}
)

// life is a case while it is made.
type life struct {
	*maker
	rnd *rand.Rand
	h   casebook.History
	at  time.Time
	ans answer
}

// history makes the i-th case: on average five events.
func (m *maker) history(i int) casebook.History {
	l := &life{maker: m, rnd: m.random(i), at: m.arrival(i)}
	l.h.ID = casebook.IDAt(l.at, uint32(i)) // two in one millisecond stay in order
	l.ans = m.answers[l.rnd.IntN(len(m.answers))]
	l.received(i)
	old := Now.Sub(l.at) > 90*24*time.Hour
	done := old && l.rnd.IntN(100) < 94 || l.rnd.IntN(100) < 40
	if done || l.rnd.IntN(5) > 0 {
		l.judged()
	}
	l.restricted(done)
	state := open[l.rnd.IntN(len(open))]
	if done {
		state = closed[l.rnd.IntN(len(closed))]
	}
	if state != "received" {
		l.moved(state, done)
	}
	return l.h
}

func (l *life) do(by casebook.ID, p casebook.Payload, visibility, text string) {
	l.h.Steps = append(l.h.Steps, casebook.Happened{At: l.at.UnixMilli(), Actor: by, Payload: p, Visibility: visibility, Text: text})
	l.at = l.at.Add(time.Duration(l.rnd.ExpFloat64() * float64(20*time.Hour)))
	if l.at.After(Now) {
		l.at = Now
	}
}

func (l *life) received(i int) {
	text := Sentence(l.rnd, 30+l.rnd.IntN(70))
	p := casebook.Received{
		Title: Sentence(l.rnd, 4+l.rnd.IntN(6)), Product: products[min(int(l.rnd.ExpFloat64()*3), len(products)-1)], Model: models[l.rnd.IntN(len(models))],
		Source: "api", Text: digest(text), Bar: l.bar, Outcome: l.ans.before.Outcome, Findings: []casebook.Finding{{Facts: l.ans.claimed, Verdict: l.ans.before}},
	}
	if l.rnd.IntN(8) == 0 {
		p.Refs = []string{fmt.Sprintf("CVE-%d-%d", l.at.Year(), 1000+i)}
	}
	if l.rnd.IntN(3) == 0 {
		p.Reporter = l.reporters[l.rnd.IntN(len(l.reporters))]
	}
	for _, d := range process.Load().Deadlines {
		if d.Start.Event == "received" {
			p.Deadlines = append(p.Deadlines, casebook.Deadline{ID: d.ID, Started: l.at.UnixMilli(), Due: l.at.Add(time.Duration(d.After)).UnixMilli()})
		}
	}
	l.do(p.Reporter, p, casebook.ToReporter, text)
}

// judged is what the team does: it assigns, writes, and answers what the bar asks.
func (l *life) judged() {
	who := l.assigned[min(int(l.rnd.ExpFloat64()*6), len(l.assigned)-1)]
	if l.rnd.IntN(10) < 8 {
		l.do(who, casebook.Assigned{To: who}, "", "")
	}
	if l.rnd.IntN(10) < 4 {
		text, to := Sentence(l.rnd, 8+l.rnd.IntN(20)), casebook.ToTeam
		if l.rnd.IntN(2) == 0 {
			to = casebook.ToReporter
		}
		l.do(who, casebook.MessageAdded{Visibility: to, Text: digest(text)}, to, text)
	}
	if l.rnd.IntN(10) < 4 {
		l.do(who, casebook.TrackSet{Track: []string{"security", "security", "content"}[l.rnd.IntN(3)]}, "", "")
	}
	if l.ans.after.Outcome != l.ans.before.Outcome {
		for _, point := range []string{"impact", "data_classification", "content_category"} {
			if f, ok := l.ans.facts[point]; ok {
				l.do(who, casebook.FactSet{Finding: 0, Point: point, Fact: f, Verdict: l.ans.after, Outcome: l.ans.after.Outcome}, "", "")
				break
			}
		}
	}
}

// restricted puts some cases under embargo, and few in quarantine.
func (l *life) restricted(done bool) {
	by := l.people[l.rnd.IntN(len(l.people))]
	if l.rnd.IntN(40) == 0 && (!done || l.rnd.IntN(3) == 0) || l.rnd.IntN(100) == 0 {
		l.do(by, casebook.PersonNamed{Person: l.people[l.rnd.IntN(len(l.people))], Role: []string{"member", "analyst", "guest"}[l.rnd.IntN(3)]}, "", "")
		l.do(by, casebook.EmbargoSet{Status: casebook.EmbargoActive, Until: Now.Add(time.Duration(l.rnd.IntN(90*24)) * time.Hour).UnixMilli()}, "", "")
	}
	if l.rnd.IntN(1000) == 0 {
		l.do(by, casebook.PersonNamed{Person: by, Role: "member"}, "", "")
		l.do(by, casebook.Quarantined{Reason: "to be looked at"}, "", "")
	}
}

func (l *life) moved(state string, done bool) {
	by := l.assigned[l.rnd.IntN(len(l.assigned))]
	wait := "team"
	if state == "needs-info" {
		wait = "reporter"
	}
	if state == "remediating" {
		wait = "product"
	}
	l.do(by, casebook.Moved{From: "received", To: state, Waits: wait}, "", "")
	switch {
	case done:
		l.do(by, casebook.Clocks{Met: []string{"acknowledge", "triage"}}, "", "")
	case l.rnd.IntN(3) == 0:
		l.do(by, casebook.Clocks{Met: []string{"acknowledge", "triage"}, Started: []casebook.Deadline{{ID: "fix", Started: l.at.UnixMilli(), Due: Now.Add(time.Duration(l.rnd.IntN(90*24)-300) * time.Hour).UnixMilli()}}}, "", "")
	default:
		l.do(by, casebook.Clocks{Met: []string{"acknowledge"}}, "", "")
	}
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
