package casebook

import (
	"context"
	"slices"
	"time"

	"bugbar/internal/process"
)

// Alarm is a moment of a clock at which somebody is told of it.
type Alarm struct {
	At   int64  // ms
	Whom string // team | reporter
}

// alarms are the moments of a clock, in order: a while before its end, its end, and where a reporter or somebody else
// is waited for, the reminders.
func (b *Book) alarms(d Deadline) []Alarm {
	kind, known := b.process.Deadline(d.ID)
	if !known {
		return nil
	}
	all := []Alarm{{d.Due - time.Duration(kind.Warn).Milliseconds(), "team"}, {d.Due, "team"}}
	for _, after := range kind.Remind {
		all = append(all, Alarm{d.Started + time.Duration(after).Milliseconds(), kind.Waiting})
	}
	slices.SortFunc(all, func(x, y Alarm) int { return int(min(1, max(-1, x.At-y.At))) })
	return all
}

// AlarmOf is the alarm that a clock of a case stood at, at a moment; nil before the first.
func (b *Book) AlarmOf(d Deadline, at int64) *Alarm {
	var last *Alarm
	for _, a := range b.alarms(d) {
		if a.At <= at {
			last = &a
		}
	}
	return last
}

// rings says whether somebody is to be told of a clock now. Nothing is told twice.
func (b *Book) rings(d Deadline, now int64) bool {
	a := b.AlarmOf(d, now)
	return d.Met == 0 && a != nil && d.Warned < a.At
}

// Tended says what a look at the clocks did.
type Tended struct{ Warned, Expired, Ended int }

// Tend looks at every case whose clocks come to an end soon: it records of which of them somebody is to be told,
// closes questions that nobody answered in time, and ends embargoes at the moment that was agreed. It may be
// repeated and run by several processes: each thing happens once.
func (b *Book) Tend(ctx context.Context) (Tended, error) {
	if err := b.settleWaiting(ctx); err != nil { // so that the list of clocks is that of the cases
		return Tended{}, err
	}
	var total Tended
	horizon := ms(b.now().Add(b.longestNotice()))
	err := b.eachDue(ctx, horizon, func(c *Case) error {
		if !b.tends(c) {
			return nil
		}
		var one Tended
		_, err := b.change(ctx, Write{Actor: SystemActor}, c.ID, func(e *edit) (err error) {
			one, err = e.tend()
			return err
		})
		total = Tended{total.Warned + one.Warned, total.Expired + one.Expired, total.Ended + one.Ended}
		return err
	})
	return total, err
}

// longestNotice is how long before the end of a clock something about it can happen.
func (b *Book) longestNotice() time.Duration {
	var longest time.Duration
	for _, d := range b.process.Deadlines {
		longest = max(longest, time.Duration(d.Warn))
		for _, after := range d.Remind {
			longest = max(longest, time.Duration(d.After)-time.Duration(after))
		}
	}
	return longest
}

// tends says whether there is something to do, before a case is opened for writing.
func (b *Book) tends(c *Case) bool {
	now := ms(b.now())
	return c.embargoOver(now) || slices.ContainsFunc(c.Deadlines, func(d Deadline) bool { return b.rings(d, now) }) || b.unanswered(c)
}

func (c *Case) embargoOver(now int64) bool {
	return c.Embargo.Status == EmbargoActive && c.Embargo.Until <= now
}

// unanswered says whether the time for an answer is over.
func (b *Book) unanswered(c *Case) bool {
	if c.State != needsInfo {
		return false
	}
	_, err := b.findMove(SystemActor, c, Step{To: "no-response"})
	return err == nil
}

func (e *edit) tend() (did Tended, err error) {
	now := ms(e.now)
	if e.c.embargoOver(now) {
		did.Ended++
		if err := e.record(EmbargoSet{Status: EmbargoExited, Until: e.c.Embargo.Until}); err != nil {
			return did, err
		}
	}
	if e.book.unanswered(e.c) {
		did.Expired++
		step := Step{To: "no-response", Reason: "The question was not answered in time."}
		m, err := e.book.findMove(SystemActor, e.c, step)
		if err != nil {
			return did, err
		}
		return did, e.move(m, step)
	}
	for _, d := range slices.Clone(e.c.Deadlines) {
		if !e.book.rings(d, now) || did.Ended > 0 && e.stopsWithEmbargo(d) {
			continue
		}
		did.Warned++
		if err := e.record(Warned{Deadline: d.ID}); err != nil {
			return did, err
		}
	}
	return did, nil
}

func (e *edit) stopsWithEmbargo(d Deadline) bool {
	kind, _ := e.book.process.Deadline(d.ID)
	return kind.Stop.Event == "embargo-ended"
}

// eachDue reads the cases with a clock that ends before a time, but those in quarantine. It follows the index of the queue.
func (b *Book) eachDue(ctx context.Context, before int64, visit func(*Case) error) error {
	for _, restricted := range []int64{0, 1} {
		for _, active := range []int64{1, 0} {
			if err := b.eachDueIn(ctx, restricted, active, before, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Book) eachDueIn(ctx context.Context, restricted, active, before int64, visit func(*Case) error) error {
	const page = 200
	last := hit{key: -1 << 62}
	for {
		s := &asking{}
		s.add("SELECT p.due, p.id, c.doc FROM (SELECT l.due, l.id FROM listing l", b.hint("listing_queue"), " WHERE l.restricted = ", s.arg(restricted), " AND l.active = ", s.arg(active),
			" AND l.due <= ", s.arg(before), " AND (l.due, l.id) > (", s.arg(last.key), ", ", s.arg(last.id), ") ORDER BY l.due, l.id LIMIT ", s.arg(page),
			") AS p JOIN cases c ON c.id = p.id ORDER BY p.due, p.id")
		found, err := b.hits(ctx, s)
		if err != nil {
			return b.db.Trouble(err)
		}
		for _, h := range found {
			c, err := decodeCase(h.doc)
			if err != nil {
				return err
			}
			if last = h; c.Quarantined {
				continue
			}
			if err := visit(c); err != nil {
				return err
			}
		}
		if len(found) < page {
			return nil
		}
	}
}

// Happened reads events of some kinds in the order of the ledger, from after a place on, without asking who wants
// them: for the casebook's own work.
func (b *Book) Happened(ctx context.Context, pos int64, kinds []string, limit int) ([]Event, error) {
	kind := func(i int) string { return kinds[min(i, len(kinds)-1)] }
	return b.events(ctx, `SELECT stream, seq, at, actor, kind, payload, prev, hash, pos FROM events
		WHERE pos > $1 AND kind IN ($2, $3, $4) ORDER BY pos LIMIT $5`, pos, kind(0), kind(1), kind(2), limit)
}

// Known reads a case for the casebook's own work, such as mail; nobody looks at it.
func (b *Book) Known(ctx context.Context, id ID) (*Case, error) { return b.load(ctx, id) }

// KnownPerson reads a person for the casebook's own work.
func (b *Book) KnownPerson(ctx context.Context, id ID) (*Person, error) { return b.person(ctx, id) }

// Deadline words a clock.
func (b *Book) Deadline(id string) process.Deadline {
	d, _ := b.process.Deadline(id)
	return d
}
