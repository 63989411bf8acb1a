package casebook

import (
	"slices"
	"strings"
	"sync"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/process"
)

// Role is what a person is to the programme.
type Role string

// The roles. A person may have several; reporters and guests need none.
const (
	Intake       Role = "intake"
	Triager      Role = "triager"
	Analyst      Role = "analyst"
	Reviewer     Role = "reviewer" // of severities
	Editor       Role = "editor"
	Publisher    Role = "publisher"
	Manager      Role = "manager"
	Auditor      Role = "auditor"
	Admin        Role = "admin"
	Custodian    Role = "custodian" // may open quarantine
	Service      Role = "service"   // a program; its token's scopes say what it may do
	ReporterRole Role = "reporter"  // of this case
	Guest        Role = "guest"     // invited to this case
	System       Role = "system"
)

// Roles lists those that a person can be given.
var Roles = []Role{Intake, Triager, Analyst, Reviewer, Editor, Publisher, Manager, Auditor, Admin, Custodian, Service}

// Right is something that one may do.
type Right string

// The rights.
const (
	Submit           Right = "submit"
	ReadCase         Right = "read"
	ReadIdentity     Right = "read-identity"
	WriteReporter    Right = "write-reporter" // a message that the reporter sees
	WriteTeam        Right = "write-team"
	AddEvidence      Right = "add-evidence"
	EditFacts        Right = "edit-facts"
	AssessCase       Right = "assess"
	ProposeOverride  Right = "propose-override"
	ApproveOverride  Right = "approve-override"
	ProposeDuplicate Right = "propose-duplicate"
	MergeDuplicate   Right = "merge-duplicate"
	ProposeEmbargo   Right = "propose-embargo"
	SetEmbargo       Right = "set-embargo"
	Invite           Right = "invite"
	Assign           Right = "assign"
	MoveCase         Right = "move" // and then what the process says
	Import           Right = "import"
	WriteAdvisory    Right = "write-advisory"
	Publish          Right = "publish"
	Quarantine       Right = "quarantine" // to put there; everybody who sees it may
	OpenQuarantine   Right = "open-quarantine"
	ReadAudit        Right = "read-audit"
	ManageReplies    Right = "manage-replies"
	ManageMembers    Right = "manage-members"
	ManageSystem     Right = "manage-system" // users, tokens of others, webhooks, bars in force, backup
)

// deeds word what a right allows.
var deeds = map[Right]string{
	Submit: "submit reports", ReadCase: "read cases", ReadIdentity: "know who reported this", WriteReporter: "write to the reporter",
	WriteTeam: "write to the team", AddEvidence: "add evidence", EditFacts: "edit facts", AssessCase: "assess cases",
	ProposeOverride: "propose another outcome", ApproveOverride: "approve another outcome", ProposeDuplicate: "suggest duplicates",
	MergeDuplicate: "decide on duplicates", ProposeEmbargo: "propose an embargo", SetEmbargo: "set an embargo", Invite: "name anybody on cases",
	Assign: "assign cases", MoveCase: "move cases", Import: "import", WriteAdvisory: "write advisories", Publish: "publish",
	Quarantine: "put cases in quarantine", OpenQuarantine: "open a quarantine", ReadAudit: "read the audit log", ManageReplies: "manage replies",
	ManageMembers: "manage members", ManageSystem: "manage the system",
}

// Scope says on which cases a role has a right.
type Scope string

// The scopes. Restriction narrows all of them but own and named: a case under embargo or in quarantine is
// only for those who are named on it.
const (
	nowhere  Scope = ""
	own      Scope = "own"      // that one reported
	named    Scope = "named"    // that one was invited to or assigned
	queue    Scope = "queue"    // that wait to be screened
	program  Scope = "program"  // all
	resolved Scope = "resolved" // whose weakness is mended, and later
	approved Scope = "approved" // whose advisory is approved, and later
	anywhere Scope = "anywhere" // what is about no case
)

// policy is the table of who may do what where (docs/decisions/0003-roles.md has what it follows and where
// it differs). What stands nowhere in it is forbidden.
var policy = map[Right]map[Role]Scope{
	Submit:           {ReporterRole: anywhere, Intake: anywhere, Triager: anywhere, Manager: anywhere, Service: anywhere},
	ReadCase:         {ReporterRole: own, Guest: named, Intake: queue, Triager: program, Analyst: named, Reviewer: program, Editor: resolved, Publisher: approved, Manager: program, Auditor: program, Service: program},
	ReadIdentity:     {ReporterRole: own, Intake: queue, Triager: program, Manager: program, Auditor: program},
	WriteReporter:    {ReporterRole: own, Guest: named, Intake: queue, Triager: program, Analyst: named, Manager: program},
	WriteTeam:        {Intake: queue, Triager: program, Analyst: named, Reviewer: program, Editor: resolved, Publisher: approved, Manager: program, Service: program},
	AddEvidence:      {ReporterRole: own, Guest: named, Intake: queue, Triager: program, Analyst: named, Service: program},
	EditFacts:        {Triager: program, Analyst: named},
	AssessCase:       {Triager: program, Reviewer: program},
	ProposeOverride:  {Triager: program, Reviewer: program},
	ApproveOverride:  {Reviewer: program, Manager: program},
	ProposeDuplicate: {Intake: queue, Triager: program, Reviewer: program, Manager: program},
	MergeDuplicate:   {Triager: program, Reviewer: program, Manager: program},
	ProposeEmbargo:   {ReporterRole: own, Guest: named, Triager: program, Publisher: approved, Manager: program},
	SetEmbargo:       {Triager: program, Publisher: approved, Manager: program},
	Invite:           {Triager: program, Publisher: approved, Manager: program},
	Assign:           {Intake: queue, Triager: program, Manager: program},
	MoveCase:         {ReporterRole: own, Guest: named, Intake: queue, Triager: program, Analyst: named, Reviewer: program, Editor: resolved, Publisher: approved, Manager: program},
	Import:           {Intake: anywhere, Triager: anywhere, Manager: anywhere, Service: anywhere},
	WriteAdvisory:    {Triager: program, Editor: resolved, Publisher: approved},
	Publish:          {Publisher: approved},
	Quarantine:       {Intake: queue, Triager: program, Manager: program, Reviewer: program, Analyst: named},
	OpenQuarantine:   {Custodian: named},
	ReadAudit:        {Triager: named, Manager: anywhere, Auditor: anywhere},
	ManageReplies:    {Manager: anywhere, Admin: anywhere},
	ManageMembers:    {Manager: anywhere, Admin: anywhere},
	ManageSystem:     {Admin: anywhere},
}

// Actor is who does something.
type Actor struct {
	ID     ID
	Handle string
	Roles  []Role
	// Scopes bound what a token may do; nil for a person who is present.
	Scopes []Right
	// Case is set where a reporter without an account came with the key of that case.
	Case ID
	// Elevated is until when the glass is broken: restriction does not keep one from reading a case or from
	// naming who goes on with it, and it is recorded.
	Elevated time.Time
	system   bool
}

// SystemActor does what nobody asks for: clocks, deliveries, imports that run in the background.
var SystemActor = Actor{Handle: "system", system: true}

// Has says whether the actor has a role in the programme.
func (a Actor) Has(r Role) bool { return slices.Contains(a.Roles, r) }

// on lists the actor's roles towards a case, or in the programme where c is nil.
func (a Actor) on(c *Case) []Role {
	roles := slices.Clone(a.Roles)
	if c == nil {
		if len(roles) == 0 || a.Case != 0 {
			roles = append(roles, ReporterRole)
		}
		return roles
	}
	if a.reported(c) {
		roles = append(roles, ReporterRole)
	}
	if c.Named(a.ID, "guest") {
		roles = append(roles, Guest)
	}
	return roles
}

// reported says whether the case is the actor's own report.
func (a Actor) reported(c *Case) bool {
	return (a.Case != 0 && a.Case == c.ID) || c.reportedBy(a.ID)
}

// permits says whether a token's scopes leave a right.
func (a Actor) permits(r Right) bool { return a.Scopes == nil || slices.Contains(a.Scopes, r) }

// reaches says whether a scope holds a case, for an actor.
func (s Scope) reaches(a Actor, c *Case, now time.Time) bool {
	if c == nil {
		return s != nowhere && s != own && s != named || s == anywhere
	}
	mine := a.reported(c)
	invited := c.Named(a.ID, "guest", "analyst", "member") || (c.Assignee != 0 && c.Assignee == a.ID)
	switch s {
	case own:
		return mine && !c.Quarantined
	case named:
		return invited
	case nowhere:
		return false
	}
	if c.Restricted() && !invited && !now.Before(a.Elevated) {
		return false
	}
	return s == program || s == anywhere || slices.Contains(stages()[s], c.State)
}

// stages are the states that narrower scopes hold.
var stages = sync.OnceValue(func() map[Scope][]string {
	in := func(names ...string) []string {
		return process.Load().In(func(s process.State) bool { return slices.Contains(names, s.Stage) })
	}
	return map[Scope][]string{queue: in("intake"), resolved: in("resolved", "approved"), approved: in("approved")}
})

// May says whether an actor may do something to a case, or at all where c is nil. An actor who may not
// even read the case gets the same answer as for a case that does not exist.
func (b *Book) May(a Actor, r Right, c *Case) error {
	if a.system {
		return nil
	}
	now := b.now()
	if c != nil && r != ReadCase && !a.allowed(ReadCase, c, now) && !a.allowed(OpenQuarantine, c, now) {
		return notThere(c.ID)
	}
	if a.allowed(r, c, now) {
		return nil
	}
	if r == ReadCase && c != nil {
		return notThere(c.ID)
	}
	return fault.New(fault.Forbidden, "%s may not %s", a.name(), deeds[r]).Do("ask one of: " + rolesWith(r))
}

// maySoberly is May for what broken glass does not reach, although it reaches the right.
func (b *Book) maySoberly(a Actor, r Right, c *Case) error {
	if err := b.May(a, r, c); err != nil {
		return err
	}
	if b.May(a.sober(), r, c) != nil {
		return fault.New(fault.Forbidden, "under broken glass one reads a case and names who goes on with it, and nothing else").Do("ask somebody who is named on the case")
	}
	return nil
}

// sober is the actor without what broken glass gives.
func (a Actor) sober() Actor {
	a.Elevated = time.Time{}
	return a
}

func (a Actor) allowed(r Right, c *Case, now time.Time) bool {
	if !a.permits(r) {
		return false
	}
	if r != ReadCase && r != Invite {
		a = a.sober()
	}
	return slices.ContainsFunc(a.on(c), func(role Role) bool { return policy[r][role].reaches(a, c, now) })
}

func (a Actor) name() string {
	if a.Handle == "" {
		return "a reporter"
	}
	return a.Handle
}

func rolesWith(r Right) string {
	var roles []string
	for role := range policy[r] {
		roles = append(roles, string(role))
	}
	slices.Sort(roles)
	return strings.Join(roles, ", ")
}

func notThere(id ID) error { return fault.New(fault.NotFound, "there is no case %s", id) }

// CheckRoles refuses what nobody can be.
func CheckRoles(roles []Role) error {
	for _, r := range roles {
		if _, err := ParseRole(string(r)); err != nil {
			return err
		}
	}
	return nil
}

// ParseRole reads a role that a person can be given.
func ParseRole(text string) (Role, error) {
	if r := Role(text); slices.Contains(Roles, r) {
		return r, nil
	}
	names := make([]string, len(Roles))
	for i, r := range Roles {
		names[i] = string(r)
	}
	return "", fault.New(fault.Invalid, "unknown role %q", text).Do("one of: " + strings.Join(names, ", "))
}
