package demo

import (
	"time"

	"bugbar/assess"
	"bugbar/internal/casebook"
)

// life is what becomes of one case.
type life struct {
	year *year
	id   casebook.ID
	kind shown
	lead string         // who triages it
	from casebook.Actor // its reporter
	now  time.Time      // up to which it is planned
	over bool
}

func (l *life) as(handle string) casebook.Write {
	return casebook.Write{Actor: l.year.people[handle]}
}

func (l *life) move(who, to, reason string) func() error {
	return func() error {
		_, err := l.year.book.Move(l.year.ctx, l.as(who), l.id, casebook.Step{To: to, Reason: reason})
		return err
	}
}

func (l *life) write(who, visibility, text string) func() error {
	return func() error {
		_, err := l.year.book.Write(l.year.ctx, l.as(who), l.id, casebook.Post{Visibility: visibility, Text: text})
		return err
	}
}

const hour = time.Hour

// plan lays out the life of a case. Whatever would lie in the future stays undone: so the youngest cases are
// still in the queue.
func (l *life) plan(arrived time.Time) {
	y := l.year
	l.now = arrived
	l.later(y.within(2*hour, 70*hour), l.write(l.lead, casebook.ToReporter, "Thank you, your report arrived. I look into it and come back to you."))
	l.later(hour/2, func() error {
		_, err := y.book.Assign(y.ctx, l.as("lee"), l.id, y.people[l.lead].ID)
		return err
	})
	if y.chance(.06) {
		l.later(hour, l.move(l.lead, "spam", "Template text without a target."))
		return
	}
	l.later(y.within(hour, 20*hour), l.move(l.lead, "screening", ""))
	if y.chance(.2) {
		l.ask()
	}
	l.later(y.within(hour, 30*hour), func() error {
		_, err := y.book.SetTrack(y.ctx, l.as(l.lead), l.id, l.kind.track)
		return err
	})
	l.later(hour, l.move(l.lead, "triaging", ""))
	if y.chance(.12) {
		l.later(hour, l.embargo)
	}
	if y.chance(.5) {
		l.later(y.within(hour, 40*hour), l.write(l.lead, casebook.ToTeam, "I think this is the digest path again. Bo, can you try it on the current build?"))
	}
	l.reproduce()
	l.judge()
}

// ask wants something of the reporter, who mostly answers.
func (l *life) ask() {
	y := l.year
	question := "Which build was it, and could you send the transcript with the tool calls?"
	l.later(y.within(hour, 20*hour), l.move(l.lead, "needs-info", question))
	if y.chance(.2) {
		l.later(31*24*hour, l.move(l.lead, "no-response", ""))
		l.over = false
	}
	l.later(y.within(5*hour, 200*hour), func() error {
		_, err := y.book.Write(y.ctx, casebook.Write{Actor: l.from}, l.id, casebook.Post{Visibility: casebook.ToReporter, Text: "Build 2026.10.2, on the web. The transcript is below.\n\nuser: summarise\nassistant: …"})
		return err
	})
	l.later(hour, l.move(l.lead, "screening", ""))
}

func (l *life) embargo() error {
	y := l.year
	_, err := y.book.SetEmbargo(y.ctx, l.as(l.lead), l.id, casebook.Embargo{Status: casebook.EmbargoActive, Until: l.now.Add(90 * 24 * hour).UnixMilli()})
	if err != nil {
		return err
	}
	for _, who := range []string{"lee", "noor", "tomas", "ines", "bo"} {
		if _, err := y.book.Name(y.ctx, l.as(l.lead), l.id, casebook.Participant{Person: y.people[who].ID, Role: "member"}); err != nil {
			return err
		}
	}
	return nil
}

// reproduce tries the attack again, under a criterion that was set before.
func (l *life) reproduce() {
	y := l.year
	n := l.kind.n
	l.later(y.within(hour, 30*hour), func() error {
		_, err := y.book.Criterion(y.ctx, l.as(l.lead), l.id, 0, "The marker of the report leaves the account it belongs to.", n)
		return err
	})
	l.later(hour, l.move(l.lead, "reproducing", ""))
	l.later(y.within(2*hour, 60*hour), func() error {
		run := casebook.Run{Trials: casebook.Trials{Successes: y.successes(n, l.kind.sure), Attempts: &n, Judge: "rule"}, Target: "current build"}
		_, err := y.book.RecordRun(y.ctx, l.as(l.lead), l.id, 0, run)
		return err
	})
	l.later(hour/2, l.move(l.lead, "triaging", ""))
}

// judge settles the facts and comes to an outcome.
func (l *life) judge() {
	y := l.year
	for _, point := range l.answers() {
		value := pick(y, l.kind.facts[point])
		l.later(y.within(time.Minute, 5*hour), func() error {
			_, err := y.book.SetFact(y.ctx, l.as(l.lead), l.id, 0, point, confirmed(value))
			return err
		})
	}
	l.later(y.within(hour, 20*hour), l.move(l.lead, "assessed", ""))
	if y.chance(.35) {
		l.later(hour, l.second)
	}
	l.later(y.within(hour, 30*hour), func() error {
		_, err := y.book.Approve(y.ctx, l.as("ines"), l.id)
		if err != nil {
			return nil //nolint:nilerr // most cases need no approval
		}
		return nil
	})
	l.later(hour, l.decide)
}

// second judges once more, unseen; mostly the same.
func (l *life) second() error {
	y := l.year
	facts := assess.Facts{}
	c, err := y.book.Case(y.ctx, casebook.SystemActor, l.id)
	if err != nil {
		return err
	}
	for p, f := range c.Findings[0].Facts {
		facts[p] = f
	}
	if y.chance(.18) {
		for _, p := range l.answers() {
			facts[p] = assess.Fact{Values: []string{pick(y, l.kind.facts[p])}, Provenance: assess.Confirmed}
		}
		if _, asks := l.kind.facts["interaction"]; asks {
			facts["interaction"] = assess.Fact{Values: []string{pick(y, []string{"none", "required"})}, Provenance: assess.Confirmed}
		}
	}
	_, err = y.book.AssessBlind(y.ctx, l.as("ines"), l.id, 0, facts)
	return err
}

// decide tells the reporter, and has a weakness mended.
func (l *life) decide() error {
	y := l.year
	c, err := y.book.Case(y.ctx, casebook.SystemActor, l.id)
	if err != nil {
		return err
	}
	switch c.Outcome {
	case "critical", "important", "moderate", "low", "in-scope":
		l.accept()
		return nil
	case "not-a-vulnerability":
		l.later(hour, l.move(l.lead, "not-a-vulnerability", "The bar does not count this as a weakness by itself."))
	default:
		l.later(hour, l.move(l.lead, "out-of-scope", "The bar names it and gives it no severity."))
	}
	l.later(hour, l.write(l.lead, casebook.ToReporter, "We have come to a decision. You see the row, the facts and what would change it on your page, and you can object."))
	if y.chance(.2) {
		l.later(y.within(24*hour, 200*hour), func() error {
			_, err := y.book.Move(y.ctx, casebook.Write{Actor: l.from}, l.id, casebook.Step{To: "triaging", Reason: "Somebody else's data did come out; see step 4.", Appeal: true})
			return err
		})
		l.lead = map[string]string{"lee": "noor", "noor": "tomas", "tomas": "lee"}[l.lead]
		l.later(y.within(20*hour, 90*hour), l.move(l.lead, "assessed", ""))
		return nil
	}
	l.later(y.within(100*hour, 400*hour), l.move(l.lead, "closed", ""))
	return nil
}

func (l *life) accept() {
	y := l.year
	target := l.now.Add(60 * 24 * hour).UnixMilli()
	l.later(hour, func() error {
		_, err := y.book.Move(y.ctx, l.as(l.lead), l.id, casebook.Step{To: "accepted", Plan: casebook.Plan{Owner: "the product's team", Target: target}})
		return err
	})
	l.later(hour, l.write(l.lead, casebook.ToReporter, "We can repeat it, and it is being mended. The row of the bar stands on your page."))
	l.later(y.within(24*hour, 200*hour), l.move(l.lead, "remediating", "A fix is planned."))
	l.later(y.within(100*hour, 1100*hour), func() error {
		_, err := y.book.Move(y.ctx, l.as(l.lead), l.id, casebook.Step{To: "fix-ready", Plan: casebook.Plan{Fix: "server change of " + l.now.Format(time.DateOnly)}})
		return err
	})
	l.later(hour, l.move(l.lead, "retest", ""))
	n := l.kind.n
	l.later(y.within(2*hour, 70*hour), func() error {
		run := casebook.Run{Trials: casebook.Trials{Successes: 0, Attempts: &n, Judge: "rule"}, Target: "build with the fix"}
		_, err := y.book.RecordRun(y.ctx, l.as(l.lead), l.id, 0, run)
		return err
	})
	l.later(hour, l.move(l.lead, "resolved", ""))
	l.later(y.within(hour, 40*hour), l.write(l.lead, casebook.ToReporter, "The fix is out, and the attack did not work in any of our attempts. Thank you."))
	l.later(y.within(50*hour, 300*hour), l.move(l.lead, "closed", ""))
}
