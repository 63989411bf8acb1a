package casebook

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The policy's right to read (policy.go), as branches of a query: each is a set of cases that an index
// leads to, and together they are what the actor may see. List asks Book.May again for each case that it shows.

// kinds of being named on a case, as table listing_named has them.
const (
	asReporter = "reporter"
	asGuest    = "guest"
	asMember   = "member" // analyst, member or assignee
)

// insiders are the kinds of those who did not report the case.
var insiders = []string{asGuest, asMember}

// kindOf is the kind of a role in table access.
func kindOf(role string) string {
	if role == "reporter" || role == "guest" {
		return role
	}
	return asMember
}

// inQuarantine is the restriction of a case in quarantine (Case.restriction).
const inQuarantine = 2

// branch is a set of cases that an actor may see.
type branch struct {
	kinds      []string // of being named; none for cases that need no name
	restricted []int64  // 0 none, 1 under embargo, 2 in quarantine
	states     []string // nil for every state
	team       bool     // what is written for the team only is searched as well
}

func (br branch) open() bool { return len(br.kinds) == 0 }

// reach lists the branches of what an actor may see. Open ones stand first; they and the others may share cases unless
// the actor sees the whole programme.
func (a Actor) reach(now time.Time) []branch {
	if a.system {
		return []branch{{restricted: []int64{0, 1, 2}, team: true}}
	}
	if !a.permits(ReadCase) {
		return a.quarantine(nil)
	}
	var all []branch
	scopes := map[Scope]bool{} // whether the team's words are searched, too
	for _, role := range a.Roles {
		if s := policy[ReadCase][role]; s != nowhere {
			scopes[s] = scopes[s] || role == Auditor || policy[WriteTeam][role] == s && a.permits(WriteTeam)
		}
	}
	for _, s := range []Scope{program, queue, resolved, approved} {
		team, has := scopes[s]
		if !has {
			continue
		}
		all = append(all, branch{restricted: []int64{0}, states: stages()[s], team: team})
		if now.Before(a.Elevated) { // it lets one read, and not write: what is for the team stays so
			all = append(all, branch{restricted: []int64{1, 2}, states: stages()[s], team: a.Has(Auditor)})
		}
		if s == program {
			return append(all, a.namedAll(team)...)
		}
		all = append(all, branch{kinds: insiders, restricted: []int64{1, 2}, states: stages()[s], team: team})
	}
	return a.quarantine(append(all, a.namedSome(scopes)...))
}

// namedAll is what being named adds for who sees the whole programme.
func (a Actor) namedAll(team bool) []branch {
	if a.ID == 0 {
		return nil
	}
	return []branch{
		{kinds: []string{asReporter}, restricted: []int64{1}},
		{kinds: insiders, restricted: []int64{1, 2}, team: team},
	}
}

// namedSome is what being named means to everybody else.
func (a Actor) namedSome(scopes map[Scope]bool) []branch {
	if a.ID == 0 {
		return nil
	}
	kinds := insiders[:1]
	team, isNamed := scopes[named]
	if isNamed {
		kinds = insiders
	}
	return []branch{{kinds: []string{asReporter}, restricted: []int64{0, 1}}, {kinds: kinds, restricted: []int64{0, 1, 2}, team: team}}
}

// quarantine adds what a custodian may open.
func (a Actor) quarantine(all []branch) []branch {
	if a.ID != 0 && a.Has(Custodian) && a.permits(OpenQuarantine) {
		all = append(all, branch{kinds: insiders, restricted: []int64{2}})
	}
	return all
}

// whole says whether the open branch holds every case that is not restricted.
func whole(reach []branch) bool {
	return len(reach) > 0 && reach[0].open() && reach[0].states == nil
}

// reach is what an actor may see of what filters by embargo and by state leave, and of what is searched for words no case
// in quarantine. No state is active and closed: who asks for both is answered at once.
func (b *Book) reach(a Actor, q Query) []branch {
	var left []branch
	for _, br := range a.reach(b.now()) {
		if q.Text != "" {
			br.restricted = without(br.restricted, func(r int64) bool { return r == inQuarantine })
		}
		if q.Embargo != nil {
			br.restricted = without(br.restricted, func(r int64) bool { return (r == 1) != *q.Embargo })
		}
		states := common(q.States, br.states)
		if states != nil && q.Active != nil {
			states = without(states, func(id string) bool { state, _ := b.process.State(id); return state.Active != *q.Active })
		}
		if len(br.restricted) > 0 && (states == nil || len(states) > 0) {
			left = append(left, br)
		}
	}
	return left
}

// asking is a statement while it is put together. Texts are constants of the program; what comes from outside is
// an argument.
type asking struct {
	strings.Builder
	args []any
}

func (s *asking) add(parts ...string) {
	for _, p := range parts {
		s.WriteString(p)
	}
}

// arg adds an argument and returns its place.
func (s *asking) arg(v any) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args))
}

// in adds a condition that a column has one of several values.
func in[T any](s *asking, column string, values []T) {
	s.add(" AND ", column)
	if len(values) == 1 {
		s.add(" = ", s.arg(values[0]))
		return
	}
	s.add(" IN (")
	for i, v := range values {
		if i > 0 {
			s.add(", ")
		}
		s.add(s.arg(v))
	}
	s.add(")")
}

// where adds the conditions of a query on the columns of table l, but for the one that leads.
func (s *asking) where(q Query, l string, leads string) {
	for _, f := range []struct {
		column string
		values []string
	}{{"state", q.States}, {"type", q.Types}, {"outcome", q.Outcomes}, {"product", q.Products}, {"track", q.Tracks}, {"waiting", q.Waiting}} {
		if len(f.values) > 0 && f.column != leads {
			in(s, l+"."+f.column, f.values)
		}
	}
	if q.Assignee != 0 && leads != "assignee" {
		in(s, l+".assignee", []int64{int64(q.Assignee)})
	}
	if q.Nobody {
		s.add(" AND ", l, ".assignee = 0")
	}
	if q.Active != nil && leads != "active" {
		in(s, l+".active", []int64{flag(*q.Active)})
	}
	if q.DueBy != 0 {
		s.add(" AND ", l, ".due <= ", s.arg(q.DueBy))
	}
}

// bounded adds the conditions of a branch on the columns of table l.
func (s *asking) bounded(br branch, l string) {
	if len(br.restricted) < 3 {
		in(s, l+".restricted", br.restricted)
	}
	if br.states != nil {
		in(s, l+".state", br.states)
	}
}

// common leaves the values that are in both lists; nil stands for all.
func common(a, b []string) []string {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return without(a, func(v string) bool { return !slices.Contains(b, v) })
}
