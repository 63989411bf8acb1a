package api

import (
	"encoding/json"

	"bugbar/internal/casebook"
	"bugbar/internal/process"
)

// caseFrom is a case as the API shows it. What its reader may see, the casebook has settled.
func caseFrom(c *casebook.Case) Case {
	state, _ := process.Load().State(c.State)
	out := Case{
		ID: ID(c.ID), Revision: c.Revision, Title: c.Title, Product: c.Product, Model: c.Model, Source: c.Source, Key: c.Key, Refs: some(c.Refs),
		State: c.State, StateName: state.Name, Step: state.Step, Before: c.Before, Reason: c.Reason, Since: at(c.Since), Track: c.Track,
		Waiting: c.Waiting, Assignee: idOf(c.Assignee), Embargo: Embargo{c.Embargo.Status, atOf(c.Embargo.Until)}, Flags: Flags(c.Flags),
		Quarantined: c.Quarantined, Restricted: c.Restricted(), Reporter: idOf(c.Reporter), Bar: c.Bar, Outcome: c.Outcome,
		People:     each(c.People, func(p casebook.Participant) Named { return Named{ID(p.Person), p.Role} }),
		Plan:       Plan{c.Plan.Owner, atOf(c.Plan.Target), atOf(c.Plan.Review), c.Plan.Fix},
		Deadlines:  each(c.Deadlines, deadlineFrom),
		Links:      each(c.Links, func(l casebook.Link) CaseLink { return CaseLink{l.Kind, idOf(l.To)} }),
		Candidates: each(c.Pending, func(d casebook.Candidate) Candidate { return Candidate{idOf(d.Case), d.Score, d.Relation} }),
		Messages:   c.Messages, Files: c.Files, Told: atOf(c.Told), Heard: atOf(c.Heard), Appeals: c.Appeals, Created: at(c.Created), Updated: at(c.Updated),
	}
	for i, f := range c.Findings {
		out.Findings = append(out.Findings, findingFrom(i, f))
	}
	out.Findings = some(out.Findings)
	if a := c.Approval; a != nil {
		out.Approval = &Approval{a.For, idOf(a.ProposedBy), idOf(a.ApprovedBy)}
	}
	if d := c.NextDeadline(); d != nil {
		out.Due = atOf(d.Due)
	}
	return out
}

func deadlineFrom(d casebook.Deadline) Deadline {
	kind, _ := process.Load().Deadline(d.ID)
	return Deadline{ID: d.ID, Name: kind.Name, Started: at(d.Started), Due: at(d.Due), Met: atOf(d.Met)}
}

func findingFrom(i int, f casebook.Finding) Finding {
	v := f.Verdict
	out := Finding{
		Number: i + 1, Title: f.Title, Facts: map[string]Fact{}, Trials: trialsOf(f.Trials), Criterion: f.Criterion, Planned: f.Planned,
		Runs: each(f.Runs, runFrom), Evidence: each(f.Evidence, evidenceFrom),
		Outcome: f.Final(), Verdict: Summary{v.Outcome, v.Row, some(v.Possible), v.Next, v.Weakest},
	}
	for point, fact := range f.Facts {
		out.Facts[point] = factOf(fact)
	}
	if a := f.Adjustment; a != nil {
		out.Adjustment = &Adjustment{a.Outcome, a.By, a.When, a.Why}
	}
	return out
}

func runFrom(r casebook.Run) Run {
	return Run{Trials: *trialsOf(&r.Trials), Target: r.Target, Retest: r.Retest, By: idOf(r.By), At: at(r.At)}
}

func evidenceFrom(e casebook.Evidence) Evidence {
	out := Evidence{Kind: e.Kind, Fact: e.Fact, File: e.File, By: idOf(e.By), At: at(e.At)}
	if err := json.Unmarshal([]byte(e.Result), &out.Result); err != nil {
		out.Result = e.Result // words, and no JSON
	}
	return out
}
