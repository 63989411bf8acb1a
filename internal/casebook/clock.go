package casebook

import (
	"slices"
	"time"

	"bugbar/internal/process"
)

// clocks starts and stops the deadlines that the events of a change touch.
func (e *edit) clocks() error {
	var p Clocks
	for _, d := range e.book.process.Deadlines {
		running := slices.ContainsFunc(e.c.Deadlines, func(r Deadline) bool { return r.ID == d.ID && r.Met == 0 })
		switch {
		case running && e.stops(d):
			p.Met = append(p.Met, d.ID)
		case e.starts(d) && (!running || d.Start.Embargo), !running && e.again(d):
			if running {
				p.Met = append(p.Met, d.ID) // another end was agreed
			}
			p.Started = append(p.Started, Deadline{ID: d.ID, Started: ms(e.now), Due: e.due(d)})
		}
	}
	if len(p.Started)+len(p.Met) == 0 {
		return nil
	}
	return e.record(p)
}

// again says whether a clock starts anew: its work is to be done again.
func (e *edit) again(d process.Deadline) bool {
	return d.Again != "" && e.old.State != "" && e.old.State != e.c.State && e.c.State == d.Again
}

func (e *edit) due(d process.Deadline) int64 {
	if d.Start.Embargo {
		return e.c.Embargo.Until
	}
	return ms(e.now.Add(time.Duration(d.After)))
}

// starts says whether all that a trigger names holds now, and did not before.
func (e *edit) starts(d process.Deadline) bool {
	t := d.Start
	if t.Event != "" {
		return e.happened(t.Event)
	}
	if t.Embargo {
		return e.c.Embargo.Status == EmbargoActive && e.old.Embargo != e.c.Embargo
	}
	return triggered(e.c, t) && !triggered(&e.old, t)
}

func triggered(c *Case, t process.Trigger) bool {
	return (t.State == "" || c.State == t.State) && (t.Flag == "" || c.Flags.has(t.Flag))
}

func (f Flags) has(name string) bool {
	return name == "public" && f.Public || name == "exploit" && f.Exploit || name == "attacks" && f.Attacks
}

func (e *edit) stops(d process.Deadline) bool {
	s := d.Stop
	moved := e.old.State != e.c.State
	state, _ := e.book.process.State(e.c.State)
	return s.Event != "" && e.happened(s.Event) ||
		moved && slices.Contains(s.States, e.c.State) ||
		moved && s.Left != "" && e.old.State == s.Left ||
		moved && s.Terminal && state.Terminal
}

// happened says whether the change records an event of a kind; embargo-ended is one that ends an embargo.
func (e *edit) happened(kind string) bool {
	if kind == "embargo-ended" {
		return e.old.Embargo.Status == EmbargoActive && e.c.Embargo.Status == EmbargoExited
	}
	return slices.ContainsFunc(e.events, func(ev Event) bool { return ev.Kind == kind })
}
