package casebook

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bugbar/internal/fault"
)

// permissions is the table of who may do what, as docs/decisions/0003-roles.md has it. A cell says on which cases:
// own, named, queue, program, resolved, approved, any (also what is about no case), or - for nowhere.
const permissions = `
right              anon  reporter guest intake triager analyst reviewer editor   publisher manager auditor admin custodian service
submit             any   any      any   any    any     -       -        -        -         any     -       -     -         any
read               own   own      named queue  program named   program  resolved approved  program program -     -         program
read-identity      own   own      -     queue  program -       -        -        -         program program -     -         -
write-reporter     own   own      named queue  program named   -        -        -         program -       -     -         -
write-team         -     -        -     queue  program named   program  resolved approved  program -       -     -         program
add-evidence       own   own      named queue  program named   -        -        -         -       -       -     -         program
edit-facts         -     -        -     -      program named   -        -        -         -       -       -     -         -
assess             -     -        -     -      program -       program  -        -         -       -       -     -         -
propose-override   -     -        -     -      program -       program  -        -         -       -       -     -         -
approve-override   -     -        -     -      -       -       program  -        -         program -       -     -         -
propose-duplicate  -     -        -     queue  program -       program  -        -         program -       -     -         -
merge-duplicate    -     -        -     -      program -       program  -        -         program -       -     -         -
propose-embargo    own   own      named -      program -       -        -        approved  program -       -     -         -
set-embargo        -     -        -     -      program -       -        -        approved  program -       -     -         -
invite             -     -        -     -      program -       -        -        approved  program -       -     -         -
assign             -     -        -     queue  program -       -        -        -         program -       -     -         -
move               own   own      named queue  program named   program  resolved approved  program -       -     -         -
import             -     -        -     any    any     -       -        -        -         any     -       -     -         any
write-advisory     -     -        -     -      program -       -        resolved approved  -       -       -     -         -
publish            -     -        -     -      -       -       -        -        approved  -       -       -     -         -
quarantine         -     -        -     queue  program named   program  -        -         program -       -     -         -
open-quarantine    -     -        -     -      -       -       -        -        -         -       -       -     named     -
read-audit         -     -        -     -      named   -       -        -        -         any     any     -     -         -
manage-replies     -     -        -     -      -       -       -        -        -         any     -       any   -         -
manage-members     -     -        -     -      -       -       -        -        -         any     -       any   -         -
manage-system      -     -        -     -      -       -       -        -        -         -       -       any   -         -
`

// reach says which of the cases below each word of the table holds. "none" is what is about no case.
var reach = map[string]string{
	"-":        "",
	"own":      "own embargoed-own",
	"named":    "guest-of analyst-of assigned embargoed-named embargoed-assigned quarantined-named",
	"queue":    "none queue",
	"program":  "none own guest-of analyst-of assigned queue program resolved approved embargoed-named embargoed-assigned quarantined-named",
	"resolved": "none resolved approved",
	"approved": "none approved",
	"any":      "none own guest-of analyst-of assigned queue program resolved approved embargoed-named embargoed-assigned quarantined-named",
}

const (
	me    = ID(1 << 40)
	other = ID(1<<40 + 1)
)

// objects are cases as they stand towards the actor.
func objects() map[string]*Case {
	of := func(state string, change func(*Case)) *Case {
		c := &Case{ID: 7 << 40, State: state, Reporter: other, Embargo: Embargo{Status: EmbargoNone}}
		change(c)
		return c
	}
	nothing := func(*Case) {}
	mine := func(c *Case) { c.Reporter = me }
	as := func(role string) func(*Case) {
		return func(c *Case) { c.People = []Participant{{me, role}} }
	}
	assigned := func(c *Case) { c.Assignee = me }
	under := func(change func(*Case)) func(*Case) {
		return func(c *Case) { c.Embargo.Status = EmbargoActive; change(c) }
	}
	away := func(change func(*Case)) func(*Case) {
		return func(c *Case) { c.Quarantined = true; change(c) }
	}
	return map[string]*Case{
		"none": nil, "own": of("triaging", mine), "guest-of": of("triaging", as("guest")), "analyst-of": of("triaging", as("analyst")),
		"assigned": of("triaging", assigned), "queue": of("received", nothing), "program": of("triaging", nothing), "resolved": of("resolved", nothing),
		"approved": of("advisory-approved", nothing), "embargoed": of("triaging", under(nothing)), "embargoed-queue": of("received", under(nothing)),
		"embargoed-named": of("triaging", under(as("member"))), "embargoed-assigned": of("triaging", under(assigned)), "embargoed-own": of("triaging", under(mine)),
		"quarantined": of("received", away(nothing)), "quarantined-named": of("triaging", away(as("member"))), "quarantined-own": of("triaging", away(mine)),
	}
}

// cells reads the table: right, then role, to word.
func cells(t *testing.T) map[Right]map[string]string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(permissions), "\n")
	roles := strings.Fields(lines[0])[1:]
	table := map[Right]map[string]string{}
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		if len(fields) != len(roles)+1 {
			t.Fatalf("the row %q has %d cells, want %d", fields[0], len(fields)-1, len(roles))
		}
		row := map[string]string{}
		for i, role := range roles {
			row[role] = fields[i+1]
		}
		table[Right(fields[0])] = row
	}
	return table
}

// actorAs is somebody with one role; anon comes with the key of the case, where it is their own.
func actorAs(role, object string, c *Case) Actor {
	switch role {
	case "anon":
		if c != nil && strings.HasSuffix(object, "own") {
			return Actor{Case: c.ID}
		}
		return Actor{}
	case "reporter", "guest":
		return Actor{ID: me}
	}
	return Actor{ID: me, Roles: []Role{Role(role)}}
}

// aboutNoCase are the rights that are never asked for a case.
var aboutNoCase = []Right{Submit, Import, ManageMembers, ManageSystem}

// TestEveryRightHasWords: a refusal says what it is that one may not do.
func TestEveryRightHasWords(t *testing.T) {
	t.Parallel()
	for r := range policy {
		if deeds[r] == "" {
			t.Errorf("what %s allows has no words", r)
		}
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	b := &Book{now: time.Now}
	table := cells(t)
	if len(table) != len(policy) {
		t.Errorf("the table has %d rights, the policy %d", len(table), len(policy))
	}
	checked := 0
	for right, row := range table {
		for role := range row {
			for object, c := range objects() {
				if slices.Contains(aboutNoCase, right) && c != nil {
					continue
				}
				want := wantedPolicy(table, right, role, object)
				err := b.May(actorAs(role, object, c), right, c)
				if got := verdictOf(err); got != want {
					t.Errorf("%s, %s, %s: %s, want %s (%v)", role, right, object, got, want, err)
				}
				checked++
			}
		}
	}
	if checked < 4000 {
		t.Errorf("only %d combinations were checked", checked)
	}
}

// wantedPolicy reads from the table what May must say: yes, no, or that there is no such case. Whoever reported a case
// or is its guest has besides the rights of that.
func wantedPolicy(table map[Right]map[string]string, right Right, role, object string) string {
	has := func(right Right) bool {
		words := []string{table[right][role]}
		if role != "anon" && strings.HasSuffix(object, "own") {
			words = append(words, table[right]["reporter"])
		}
		if object == "guest-of" && role != "anon" {
			words = append(words, table[right]["guest"])
		}
		return slices.ContainsFunc(words, func(word string) bool {
			held := strings.Fields(reach[word])
			if role == "anon" || role == "reporter" || role == "guest" {
				// without a role there is nothing but one's own and what one was invited to
				held = slices.DeleteFunc(held, func(o string) bool {
					return word == "any" && o != "none" || word == "own" && !strings.HasSuffix(object, "own") || word == "named" && o != "guest-of"
				})
			}
			return slices.Contains(held, object)
		})
	}
	switch {
	case object == "none" && has(right):
		return "yes"
	case object == "none":
		return "no"
	case !has(ReadCase) && !has(OpenQuarantine), right == ReadCase && !has(ReadCase):
		return "not there"
	case has(right):
		return "yes"
	}
	return "no"
}

func verdictOf(err error) string {
	switch {
	case err == nil:
		return "yes"
	case fault.Is(err, fault.NotFound):
		return "not there"
	case fault.Is(err, fault.Forbidden):
		return "no"
	}
	return err.Error()
}

// TestBrokenGlass: it lets one see what is restricted and name who goes on with it, for a time, and nothing else.
func TestBrokenGlass(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := &Book{now: func() time.Time { return now }}
	embargoed := objects()["embargoed"]
	for _, test := range []struct {
		role  Role
		right Right
		until time.Time
		want  string
	}{
		{Triager, ReadCase, now.Add(time.Minute), "yes"},
		{Triager, Invite, now.Add(time.Minute), "yes"},
		{Triager, EditFacts, now.Add(time.Minute), "no"},
		{Triager, SetEmbargo, now.Add(time.Minute), "no"},
		{Triager, ReadIdentity, now.Add(time.Minute), "no"},
		{Triager, ReadCase, now, "not there"},
		{Triager, Invite, now.Add(-time.Hour), "not there"},
		{Intake, ReadCase, now.Add(time.Minute), "not there"}, // not in its queue either
		{Admin, ReadCase, now.Add(time.Minute), "not there"},
	} {
		a := Actor{ID: me, Roles: []Role{test.role}, Elevated: test.until}
		if got := verdictOf(b.May(a, test.right, embargoed)); got != test.want {
			t.Errorf("%s, %s, glass for %s: %s, want %s", test.role, test.right, test.until.Sub(now), got, test.want)
		}
	}
}

// TestScopesOnlyNarrow: a token has no right that its owner lacks, whatever its scopes say, and none beside them.
func TestScopesOnlyNarrow(t *testing.T) {
	t.Parallel()
	b := &Book{now: time.Now}
	all := rightsOfPolicy()
	for _, role := range Roles {
		for object, c := range objects() {
			person := Actor{ID: me, Roles: []Role{role}}
			token, empty := person, person
			token.Scopes, empty.Scopes = all, []Right{}
			for _, right := range all {
				if b.May(token, right, c) == nil && b.May(person, right, c) != nil {
					t.Errorf("%s, %s, %s: a token may what its owner may not", role, right, object)
				}
				if b.May(empty, right, c) == nil {
					t.Errorf("%s, %s, %s: a token without scopes may do something", role, right, object)
				}
			}
		}
	}
}

func rightsOfPolicy() []Right {
	var all []Right
	for r := range policy {
		all = append(all, r)
	}
	return all
}
