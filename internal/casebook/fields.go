package casebook

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bugbar/assess"
	"bugbar/internal/fault"
)

// FieldChange is a field of a case that others changed, in the words of events: a state by its name, a person by their id,
// a moment in milliseconds. Empty is for nothing.
type FieldChange struct {
	Field    string // such as state, fact.0.impact (of the first finding), person.ID, link.ID
	Old, New string
	By       ID    // who did it last; 0 for bugbar, or for a reporter
	At       int64 // ms
	Seq      int64 // of the event
}

// touches says whether a field is one of some: itself, or a part of one.
func touches(field string, some []string) bool {
	return slices.ContainsFunc(some, func(s string) bool {
		rest, is := strings.CutPrefix(field, s)
		return is && (rest == "" || rest[0] == '.')
	})
}

// fields are the parts of a case that people change one by one, as text. Who reported it is not among them: not everybody may
// know. Clocks are not either: they follow from the rest.
func (c *Case) fields() map[string]string {
	all := map[string]string{
		"title": c.Title, "product": c.Product, "model": c.Model, "refs": strings.Join(c.Refs, " "), "bar": c.Bar,
		"state": c.State, "reason": c.Reason, "track": c.Track, "waiting": c.Waiting, "assignee": idField(c.Assignee),
		"embargo": c.Embargo.Status, "until": msField(c.Embargo.Until), "quarantine": yes(c.Quarantined),
		"flag.public": yes(c.Flags.Public), "flag.exploit": yes(c.Flags.Exploit), "flag.attacks": yes(c.Flags.Attacks),
		"outcome": c.Outcome, "owner": c.Plan.Owner, "target": msField(c.Plan.Target), "review": msField(c.Plan.Review), "fix": c.Plan.Fix,
		"messages": strconv.Itoa(c.Messages), "heard": msField(c.Heard), "files": strconv.Itoa(c.Files), "findings": strconv.Itoa(len(c.Findings)),
	}
	if c.Approval != nil {
		all["approval"] = c.Approval.For
		all["approver"] = idField(c.Approval.ApprovedBy)
	}
	for _, p := range c.People {
		if p.Role != string(ReporterRole) {
			all["person."+p.Person.String()] = strings.TrimSpace(all["person."+p.Person.String()] + " " + p.Role)
		}
	}
	for _, l := range c.Links {
		all["link."+l.To.String()] = strings.TrimSpace(all["link."+l.To.String()] + " " + l.Kind)
	}
	for _, d := range c.Pending {
		all["pending."+d.Case.String()] = d.Relation
	}
	for n, f := range c.Findings {
		f.fields(all, "."+strconv.Itoa(n))
	}
	return all
}

func (f Finding) fields(all map[string]string, n string) {
	all["name"+n], all["criterion"+n], all["planned"+n] = f.Title, f.Criterion, countField(f.Planned)
	all["runs"+n], all["evidence"+n] = countField(len(f.Runs)), countField(len(f.Evidence))
	all["verdict"+n] = f.Verdict.Outcome
	if f.Trials != nil {
		all["trials"+n] = fmt.Sprint(f.Trials.Successes)
		if f.Trials.Attempts != nil {
			all["trials"+n] += "/" + strconv.Itoa(*f.Trials.Attempts)
		}
	}
	if f.Adjustment != nil {
		all["adjusted"+n], all["why"+n] = f.Adjustment.Outcome, f.Adjustment.Why
	}
	for point, fact := range f.Facts {
		all["fact"+n+"."+point] = factField(fact)
	}
}

// factField is a fact's values, and who vouches: to confirm what was claimed is a change.
func factField(f assess.Fact) string {
	if len(f.Values) == 0 {
		return ""
	}
	return strings.Join(f.Values, " or ") + " (" + string(f.Provenance) + ")"
}

func idField(id ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func msField(ms int64) string {
	if ms == 0 {
		return ""
	}
	return strconv.FormatInt(ms, 10)
}

func countField(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// fresh refuses a change by somebody who has not seen what it rests on as it is now.
func (b *Book) fresh(ctx context.Context, w Write, c *Case) error {
	if w.Revision == 0 || w.Revision == c.Revision || slices.Contains(w.Also, c.Revision) {
		return nil
	}
	if w.About != nil && w.Revision < c.Revision {
		others, err := b.changed(ctx, w.Actor, c.ID, w.Revision)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(others, func(f FieldChange) bool { return touches(f.Field, w.About) }) {
			return nil
		}
	}
	return fault.New(fault.Conflict, "case %s is at revision %d, not %d", c.ID, c.Revision, w.Revision).Because(ErrStale).Do("read it again, and repeat what you still want")
}

// Changes lists what others changed of a case since a revision, field by field and in the order in which it happened, as far
// as the actor may see it. To ask is a look at the case. Whoever does not see what the team does learns nothing.
func (b *Book) Changes(ctx context.Context, a Actor, id ID, since int64) ([]FieldChange, error) {
	c, err := b.Case(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if !a.system && (a.reported(c) || b.May(a, WriteTeam, c) != nil && !a.Has(Auditor)) || c.Quarantined && b.May(a, OpenQuarantine, c) != nil {
		return nil, nil
	}
	if c, err = b.load(ctx, id); err != nil {
		return nil, err
	}
	changes, err := b.changed(ctx, a, id, since)
	if err != nil {
		return nil, err
	}
	for i := range changes {
		if changes[i].By == c.Reporter && b.May(a, ReadIdentity, c) != nil {
			changes[i].By = 0
		}
		if err := b.hideField(ctx, a, &changes[i]); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// hideField takes out of a field's name which case a relation leads to, where the actor may not know of that case.
func (b *Book) hideField(ctx context.Context, a Actor, f *FieldChange) error {
	for _, kind := range []string{"link.", "pending."} {
		text, is := strings.CutPrefix(f.Field, kind)
		if !is {
			continue
		}
		other, err := ParseID(text)
		if err != nil {
			return err
		}
		if err := b.hideOther(ctx, a, &other); err != nil {
			return err
		}
		f.Field = kind + other.String()
	}
	return nil
}

// changed replays a case and notes what others changed of it after a revision. What the actor changed since is as
// they want it, and they know of it.
func (b *Book) changed(ctx context.Context, a Actor, id ID, since int64) ([]FieldChange, error) {
	found := map[string]*FieldChange{}
	err := b.replay(ctx, id, func(e Event, before, after *Case) {
		if e.Seq > since {
			note(found, e, before.fields(), after.fields(), e.Actor == a.ID && a.ID != 0)
		}
	})
	var all []FieldChange
	for _, f := range found {
		if f.Old != f.New {
			all = append(all, *f)
		}
	}
	slices.SortFunc(all, func(x, y FieldChange) int {
		if x.Seq != y.Seq {
			return int(x.Seq - y.Seq)
		}
		return strings.Compare(x.Field, y.Field)
	})
	return all, err
}

// note adds what an event changed to what was found.
func note(found map[string]*FieldChange, e Event, old, now map[string]string, own bool) {
	both := maps.Clone(old)
	maps.Copy(both, now)
	for name := range both {
		was, is := old[name], now[name]
		switch f := found[name]; {
		case was == is:
		case own:
			delete(found, name)
		case f != nil:
			f.New, f.By, f.At, f.Seq = is, e.Actor, e.At, e.Seq
		default:
			found[name] = &FieldChange{Field: name, Old: was, New: is, By: e.Actor, At: e.At, Seq: e.Seq}
		}
	}
}

// replay takes a case through its events. The case before an event is only good until the next one.
func (b *Book) replay(ctx context.Context, id ID, visit func(e Event, before, after *Case)) error {
	const page = 500
	c := &Case{}
	for {
		events, err := b.stream(ctx, id, c.Version, page)
		if err != nil {
			return err
		}
		for _, e := range events {
			before := *c
			before.Findings = slices.Clone(c.Findings) // events change findings in place
			if err := c.apply(e); err != nil {
				return fault.New(fault.Internal, "%w", err).Do("bugbar verify")
			}
			visit(e, &before, c)
		}
		if len(events) < page {
			return nil
		}
	}
}
