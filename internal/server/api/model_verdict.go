package api

import (
	"time"

	"bugbar/assess"
	"bugbar/internal/process"
)

// Verdict is what a bar makes of facts, in full.
type Verdict struct {
	Bar            string      `json:"bar"`
	Edition        string      `json:"edition"`
	Outcome        string      `json:"outcome" doc:"The bar's own; undetermined while several are possible."`
	Final          string      `json:"final" doc:"What stands: the adjustment, or else the bar's own."`
	Row            string      `json:"row,omitempty" doc:"The row that was reached."`
	Section        string      `json:"section,omitempty" doc:"The part of the source that the row restates."`
	Possible       []string    `json:"possible" doc:"The outcomes that the facts leave open."`
	Rows           []string    `json:"rows"`
	Used           []string    `json:"used" doc:"The decision points that decide."`
	Weakest        string      `json:"weakest,omitempty" doc:"The weakest provenance among them."`
	Next           *Question   `json:"next,omitempty" doc:"The question to ask; left out where no answer can change the outcome."`
	Considerations []string    `json:"considerations" doc:"What the bar weighs beside the outcome without computing it."`
	Changes        []Change    `json:"changes" doc:"Single facts that, answered otherwise, change the outcome."`
	Overrides      []Override  `json:"overrides" doc:"Rows that this bar rates otherwise than the one that it extends."`
	Adjustment     *Adjustment `json:"adjustment,omitempty"`
}

// Question is the decision point whose answer narrows the outcomes most.
type Question struct {
	Point    string   `json:"point"`
	Question string   `json:"question"`
	Values   []string `json:"values"`
}

// Change is what another answer would do.
type Change struct {
	Point     string   `json:"point"`
	From      string   `json:"from"`
	To        []string `json:"to"`
	Direction string   `json:"direction" enum:"raises,lowers,moves,reopens"`
	Outcome   string   `json:"outcome"`
	Possible  []string `json:"possible"`
	Row       string   `json:"row,omitempty"`
}

// Override is a row that a layered bar rates otherwise.
type Override struct {
	Row         string `json:"row"`
	Outcome     string `json:"outcome"`
	Base        string `json:"base"`
	BaseOutcome string `json:"base_outcome"`
	Because     string `json:"because"`
}

func verdictFrom(v assess.Verdict) Verdict {
	out := Verdict{
		Bar: v.Bar, Edition: v.Edition, Outcome: v.Outcome, Final: v.Final(), Row: v.Row, Section: v.Section, Possible: some(v.Possible), Rows: some(v.Rows),
		Used: some(v.Used), Weakest: string(v.Weakest), Considerations: some(v.Considerations),
		Changes: each(v.Changes, func(c assess.Change) Change {
			return Change{c.Point, c.From, some(c.To), c.Direction, c.Outcome, some(c.Possible), c.Row}
		}),
		Overrides: each(v.Overrides, func(o assess.Override) Override { return Override(o) }),
	}
	if q := v.Next; q != nil {
		out.Next = &Question{q.Point, q.Question, some(q.Values)}
	}
	if a := v.Adjustment; a != nil {
		out.Adjustment = &Adjustment{a.Outcome, a.By, a.When.UTC(), a.Why}
	}
	return out
}

// Process is the life of a case.
type Process struct {
	States    []process.State   `json:"states"`
	Moves     []Way             `json:"moves"`
	Guards    map[string]string `json:"guards" doc:"What each condition asks for, in a sentence."`
	Deadlines []Clock           `json:"deadlines"`
}

// Way leads from one of several states to another.
type Way struct {
	From   []string `json:"from"`
	To     string   `json:"to" doc:"A state, or before: the one that a question interrupted."`
	Who    []string `json:"who" doc:"The roles that may."`
	Guards []string `json:"guards"`
	Asks   []string `json:"asks" doc:"What must be given."`
	Appeal bool     `json:"appeal"`
}

// Clock is a kind of deadline.
type Clock struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Basis     string `json:"basis" doc:"Who agreed on it, or the law."`
	Statutory bool   `json:"statutory"`
	After     string `json:"after,omitempty" doc:"How long after its start it ends, as Go writes durations; left out where it ends at an agreed moment." example:"72h0m0s"`
	Filed     bool   `json:"filed" doc:"Met by recording that it was filed."`
}

func processFrom(p *process.Process) Process {
	return Process{
		States: p.States, Guards: p.Guards,
		Moves: each(p.Moves, func(m process.Move) Way {
			return Way{m.From, m.To, m.Who, some(m.Guards), some(m.Asks), m.Appeal}
		}),
		Deadlines: each(p.Deadlines, func(d process.Deadline) Clock {
			c := Clock{ID: d.ID, Name: d.Name, Basis: d.Basis, Statutory: d.Statutory, Filed: d.Stop.Filed}
			if d.After > 0 {
				c.After = time.Duration(d.After).String()
			}
			return c
		}),
	}
}
