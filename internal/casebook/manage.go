package casebook

import (
	"context"
	"slices"
	"strings"

	"bugbar/internal/fault"
)

// simple is a change that a right allows and one event makes, where no check refuses it.
func (b *Book) simple(ctx context.Context, w Write, id ID, r Right, p casePayload, checks ...func(*edit) error) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, r, e.c); err != nil {
			return err
		}
		for _, check := range checks {
			if err := check(e); err != nil {
				return err
			}
		}
		return e.record(p)
	})
}

// Assign gives a case to somebody of the team, or to nobody.
func (b *Book) Assign(ctx context.Context, w Write, id, to ID) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, Assign, e.c); err != nil {
			return err
		}
		if e.c.Assignee == to {
			return nil
		}
		if err := b.checkTeam(ctx, to); err != nil {
			return err
		}
		return e.record(Assigned{To: to})
	})
}

// checkTeam refuses who cannot work on cases; 0 is nobody.
func (b *Book) checkTeam(ctx context.Context, id ID) error {
	if id == 0 {
		return nil
	}
	p, err := b.person(ctx, id)
	if err == nil && (p.Status != Active || len(p.Roles) == 0) {
		return fault.New(fault.Invalid, "%s is not of the team", p.Handle).In("to")
	}
	return err
}

// SetTrack says whether a case is of security or of content.
func (b *Book) SetTrack(ctx context.Context, w Write, id ID, track string) (*Case, error) {
	if track != "security" && track != "content" {
		return nil, fault.New(fault.Invalid, "unknown track %q", track).In("track").Do("security or content")
	}
	return b.simple(ctx, w, id, AssessCase, TrackSet{Track: track})
}

// Rename corrects what a case is called by; what is left empty stays.
func (b *Book) Rename(ctx context.Context, w Write, id ID, r Renamed) (*Case, error) {
	s := Submission{Title: r.Title, Product: r.Product, Model: r.Model, Refs: r.Refs, Findings: make([]Finding, 1)}
	if s.Title == "" {
		s.Title = "unchanged"
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	r.Title, r.Product, r.Model = storable(r.Title), s.Product, s.Model
	return b.simple(ctx, w, id, EditFacts, r)
}

// SetFlags says what is known out in the world. Attacks start the statutory clocks.
func (b *Book) SetFlags(ctx context.Context, w Write, id ID, f Flags) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, EditFacts, e.c); err != nil {
			return err
		}
		if e.c.Flags == f {
			return nil
		}
		return e.record(FlagsSet(f))
	})
}

// SetEmbargo proposes, starts, changes or ends an embargo. None begins once exploits or attacks are public;
// who starts one is named on the case, so that it does not lock out its own maker.
func (b *Book) SetEmbargo(ctx context.Context, w Write, id ID, em Embargo) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		right := SetEmbargo
		if em.Status == EmbargoProposed {
			right = ProposeEmbargo
		}
		if err := b.May(w.Actor, right, e.c); err != nil {
			return err
		}
		if err := e.checkEmbargo(em); err != nil {
			return err
		}
		if em.Status == EmbargoActive && w.Actor.ID != 0 && !e.c.Named(w.Actor.ID, "member") {
			if err := e.record(PersonNamed{Person: w.Actor.ID, Role: "member"}); err != nil {
				return err
			}
		}
		return e.record(EmbargoSet(em))
	})
}

func (e *edit) checkEmbargo(em Embargo) error {
	known := []string{EmbargoProposed, EmbargoActive, EmbargoExited}
	now := e.c.Embargo.Status
	switch {
	case !slices.Contains(known, em.Status):
		return fault.New(fault.Invalid, "unknown state %q of an embargo", em.Status).In("status").Do("one of: " + strings.Join(known, ", "))
	case em.Status == EmbargoExited && now != EmbargoActive && now != EmbargoProposed:
		return fault.New(fault.Conflict, "case %s is under no embargo", e.c.ID).Because(errRefused)
	case em.Status == EmbargoExited:
		return nil
	case em.Status == EmbargoProposed && now == EmbargoActive: // or whoever may only propose one would lift it
		return fault.New(fault.Conflict, "the case is under embargo already").Because(errRefused).Do("write to those who may change its end")
	case em.Until <= ms(e.now):
		return fault.New(fault.Invalid, "an embargo ends in the future").In("until").Do("give date, time and zone")
	case e.c.Flags.Exploit || e.c.Flags.Attacks || e.c.Flags.Public:
		return fault.New(fault.Conflict, "what is public or attacked cannot come under embargo").Because(errRefused)
	}
	return nil
}

// Name lets somebody see and work on a case: as guest, analyst or member.
func (b *Book) Name(ctx context.Context, w Write, id ID, p Participant) (*Case, error) {
	if !slices.Contains([]string{"guest", "analyst", "member", "reporter"}, p.Role) {
		return nil, fault.New(fault.Invalid, "nobody is named as %q", p.Role).In("role").Do("guest, analyst, member or reporter")
	}
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, Invite, e.c); err != nil || e.c.Named(p.Person, p.Role) {
			return err
		}
		if _, err := b.person(ctx, p.Person); err != nil {
			return err
		}
		return e.record(PersonNamed(p))
	})
}

// Unname takes that back.
func (b *Book) Unname(ctx context.Context, w Write, id ID, p Participant) (*Case, error) {
	return b.simple(ctx, w, id, Invite, PersonUnnamed(p), func(e *edit) error {
		if err := b.maySoberly(w.Actor, Invite, e.c); err != nil {
			return err
		}
		if !slices.Contains(e.c.People, p) {
			return fault.New(fault.NotFound, "nobody like that is named on case %s as %s", id, p.Role).Do("bugbar case lists who is, and as what")
		}
		return nil
	})
}

// File records that what a statutory deadline asks for was done.
func (b *Book) File(ctx context.Context, w Write, id ID, deadline, reference string) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, EditFacts, e.c); err != nil {
			return err
		}
		kind, known := b.process.Deadline(deadline)
		if !known || !kind.Stop.Filed {
			return fault.New(fault.Invalid, "no deadline %q is met by filing", deadline).In("deadline").Do(meant(deadline, b.process.FiledDeadlines()))
		}
		if e.c.met(deadline) {
			return fault.New(fault.Conflict, "the deadline %s does not run", deadline).Because(errRefused)
		}
		return e.record(Filed{Deadline: deadline, Reference: reference})
	})
}

// Quarantine takes a case's content out of everybody's sight but that of the custodians.
func (b *Book) Quarantine(ctx context.Context, w Write, id ID, reason string) (*Case, error) {
	if err := needed("reason", reason); err != nil {
		return nil, err
	}
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, Quarantine, e.c); err != nil {
			return err
		}
		return e.quarantine(reason)
	})
}

// quarantine names the custodians, who alone may open it.
func (e *edit) quarantine(reason string) error {
	if e.c.Quarantined {
		return nil
	}
	people, err := e.book.People(e.ctx, SystemActor)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.Status == Active && slices.Contains(p.Roles, Custodian) && !e.c.Named(p.ID, "member") {
			if err := e.record(PersonNamed{Person: p.ID, Role: "member"}); err != nil {
				return err
			}
		}
	}
	return e.record(Quarantined{Reason: reason})
}

// Release ends a quarantine.
func (b *Book) Release(ctx context.Context, w Write, id ID, reason string) (*Case, error) {
	if err := needed("reason", reason); err != nil {
		return nil, err
	}
	return b.simple(ctx, w, id, OpenQuarantine, Released{Reason: reason}, func(e *edit) error {
		if !e.c.Quarantined {
			return fault.New(fault.Conflict, "case %s is not in quarantine", id).Because(errRefused)
		}
		return nil
	})
}

// Propose adds cases that may say the same. It is the casebook's own work: a person decides. Nobody proposes what
// they may not see.
func (b *Book) Propose(ctx context.Context, w Write, id ID, candidates []Candidate) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, ProposeDuplicate, e.c); err != nil {
			return err
		}
		for _, d := range candidates {
			if w.Actor.system {
				break
			}
			if err := b.Visible(ctx, w.Actor, d.Case); err != nil {
				return err
			}
		}
		fresh := without(candidates, func(d Candidate) bool {
			known := slices.ContainsFunc(e.c.Pending, func(k Candidate) bool { return k.Case == d.Case })
			linked := slices.ContainsFunc(e.c.Links, func(l Link) bool { return l.To == d.Case })
			return known || linked || d.Case == id
		})
		if len(fresh) == 0 {
			return nil
		}
		return e.record(Suggested{Candidates: fresh})
	})
}

// inverse is what a relation is called from its other end.
var inverse = map[string]string{
	"duplicate-of": "duplicated-by", "duplicated-by": "duplicate-of", "same-root-cause": "same-root-cause",
	"regression-of": "regressed-by", "related": "related",
}

// Relate links two cases. Both must be visible to who does it; a link gives nobody a right to the other case.
func (b *Book) Relate(ctx context.Context, w Write, id ID, l Link) (*Case, error) {
	back, known := inverse[l.Kind]
	if l.To == id {
		return nil, fault.New(fault.Invalid, "a case is not related to itself").In("to").Do("name another case")
	}
	if !known {
		return nil, fault.New(fault.Invalid, "cases are not related by %q", l.Kind).In("kind").Do("duplicate-of, same-root-cause, regression-of or related")
	}
	return b.change(ctx, w, id, func(e *edit) error {
		other, err := e.also(l.To)
		if err != nil {
			return err
		}
		for _, c := range []*Case{e.c, other.c} {
			if err := b.May(w.Actor, MergeDuplicate, c); err != nil {
				return err
			}
		}
		if slices.Contains(e.c.Links, l) {
			return nil
		}
		if err := b.checkCircle(ctx, id, l); err != nil {
			return err
		}
		if err := other.linked(Link{Kind: back, To: id}); err != nil {
			return err
		}
		return e.linked(l)
	})
}

// checkCircle refuses a link with which cases would be duplicates of each other, all of them closed as such in the end.
func (b *Book) checkCircle(ctx context.Context, id ID, l Link) error {
	duplicate, original := id, l.To
	switch l.Kind {
	case "duplicate-of":
	case "duplicated-by":
		duplicate, original = l.To, id
	default:
		return nil
	}
	seen := map[ID]bool{}
	for next := []ID{original}; len(next) > 0; next = next[1:] {
		if next[0] == duplicate {
			return fault.New(fault.Conflict, "case %s is a duplicate of %s already", original, duplicate).Because(errRefused).Do("keep the one that came first as the original")
		}
		if seen[next[0]] {
			continue
		}
		seen[next[0]] = true
		c, err := b.load(ctx, next[0])
		if err != nil {
			return err
		}
		for _, l := range c.Links {
			if l.Kind == "duplicate-of" {
				next = append(next, l.To)
			}
		}
	}
	return nil
}

// linked records a relation; where it was suggested, that is decided with it.
func (e *edit) linked(l Link) error {
	if slices.ContainsFunc(e.c.Pending, func(d Candidate) bool { return d.Case == l.To }) {
		return e.record(CandidateDecided{Case: l.To, Relation: l.Kind})
	}
	return e.record(Linked(l))
}

// Reject decides that a suggested case says something else.
func (b *Book) Reject(ctx context.Context, w Write, id, candidate ID) (*Case, error) {
	return b.simple(ctx, w, id, MergeDuplicate, CandidateDecided{Case: candidate}, func(e *edit) error {
		if err := b.Visible(ctx, w.Actor, candidate); err != nil {
			return err
		}
		if !slices.ContainsFunc(e.c.Pending, func(d Candidate) bool { return d.Case == candidate }) {
			return fault.New(fault.Conflict, "case %s is no suggested duplicate of case %s", candidate, id).Because(errRefused).Do("bugbar case lists those that are suggested")
		}
		return nil
	})
}
