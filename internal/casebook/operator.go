package casebook

import (
	"context"
	"strings"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// OperatorActed says that somebody with the database in hand changes something about a person. Who it is
// cannot be proved there, so the name is what they claim, and the change itself is the system's.
type OperatorActed struct {
	By     string `json:"by"`
	What   string `json:"what"`
	Person ID     `json:"person,omitempty"`
}

func (OperatorActed) kind() string { return "operator-acted" }

// Operate writes down that an operator is about to act, and lets them: without the event there is no act.
func (b *Book) Operate(ctx context.Context, by, what string, person ID) (Write, error) {
	if err := CheckOperator(by); err != nil {
		return Write{}, err
	}
	return Write{Actor: SystemActor}, b.logSystem(ctx, SystemActor, OperatorActed{By: operator(by), What: what, Person: person})
}

// CheckOperator refuses a name that says nothing.
func CheckOperator(by string) error {
	if operator(by) == "" {
		return fault.New(fault.Invalid, "who does this?").In("by").Do("--by NAME")
	}
	return nil
}

func operator(by string) string { return strings.TrimSpace(printable(by, MaxName)) }

// SetIdentity changes who somebody is: people themselves, or who looks after members. It gives nobody any
// right, whatever name or address is written there.
func (b *Book) SetIdentity(ctx context.Context, w Write, person ID, identity Identity) (*Person, error) {
	if err := identity.Check(); err != nil {
		return nil, err
	}
	return b.changePerson(ctx, w.Actor, person, func(p *Person) ([]personPayload, []sqldb.Stmt, error) {
		if w.Actor.present(person) != nil {
			if err := b.mayGive(w.Actor, p.Roles, p); err != nil {
				return nil, nil, err
			}
		}
		if p.Status == Erased {
			return nil, nil, fault.New(fault.Conflict, "this person was erased").Because(errRefused)
		}
		if _, done, err := b.done(ctx, w); done || err != nil {
			return nil, nil, err
		}
		p.Identity, p.Salt = identity, newSecret()
		return []personPayload{IdentitySet{Identity: identity.digest(p.Salt)}}, b.remember(w, person), nil
	})
}

// PersonHistory reads the events of a person from after on, at most limit: one's own, or for auditors, managers
// and administrators those of others.
func (b *Book) PersonHistory(ctx context.Context, a Actor, person ID, after int64, limit int) ([]Event, error) {
	if a.present(person) != nil && b.May(a, ReadAudit, nil) != nil {
		if err := b.May(a, ManageSystem, nil); err != nil {
			return nil, err
		}
	}
	if _, err := b.person(ctx, person); err != nil {
		return nil, err
	}
	return b.stream(ctx, person, after, limit)
}

// Person reads a person: oneself, or for the team anybody; their identity only for those who look after members.
func (b *Book) Person(ctx context.Context, a Actor, person ID) (*Person, error) {
	p, err := b.person(ctx, person)
	if err != nil {
		return nil, err
	}
	p.Salt = ""
	switch {
	case a.present(person) == nil, b.May(a, ManageMembers, nil) == nil && p.Handle != "":
		return p, nil
	case len(a.Roles) > 0 && p.Handle != "":
		p.Identity.Email = ""
		return p, nil
	}
	return nil, fault.New(fault.NotFound, "there is no such person")
}
