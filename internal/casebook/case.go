package casebook

import (
	"slices"
	"time"

	"bugbar/assess"
	"bugbar/internal/fault"
)

// Case is a report's life: what its events come to.
type Case struct {
	ID      ID     `json:"id"`
	Version int64  `json:"version"` // the number of its last event
	Head    string `json:"head"`    // the hash of its last event
	// Revision is the number of the last event that was no mere look: what an ETag shows.
	Revision int64 `json:"revision"`

	Title   string   `json:"title"`
	Product string   `json:"product,omitempty"`
	Model   string   `json:"model,omitempty"`
	Source  string   `json:"source"`         // form | mail | api | cli | scan
	Key     string   `json:"key,omitempty"`  // what a scan's finding is known by
	Refs    []string `json:"refs,omitempty"` // external ids

	State    string `json:"state"`
	Before   string `json:"before,omitempty"`  // the state to return to after a question
	Reason   string `json:"reason,omitempty"`  // why it is in this state, where one was given
	Since    int64  `json:"since"`             // ms: in this state
	Track    string `json:"track,omitempty"`   // security | content
	Waiting  string `json:"waiting,omitempty"` // team | reporter | product | other
	Assignee ID     `json:"assignee,omitempty"`

	Embargo     Embargo `json:"embargo"`
	Flags       Flags   `json:"flags"`
	Quarantined bool    `json:"quarantined,omitempty"`

	Reporter ID            `json:"reporter,omitempty"` // 0 for one without an account
	People   []Participant `json:"people,omitempty"`

	Bar      string    `json:"bar"` // NAME@EDITION, by which it is judged
	Outcome  string    `json:"outcome"`
	Findings []Finding `json:"findings"`
	Approval *Approval `json:"approval,omitempty"`

	Plan      Plan        `json:"plan"`
	Deadlines []Deadline  `json:"deadlines,omitempty"`
	Links     []Link      `json:"links,omitempty"`
	Pending   []Candidate `json:"pending,omitempty"` // duplicates that were suggested and not yet decided
	Messages  int         `json:"messages"`
	Told      int64       `json:"told,omitempty"`  // ms: when the team last wrote to the reporter
	Heard     int64       `json:"heard,omitempty"` // ms: when the reporter last wrote
	Files     int         `json:"files"`
	Appeals   int         `json:"appeals,omitempty"`
	Appealed  int64       `json:"appealed,omitempty"` // the decision that was appealed last
	Author    ID          `json:"author,omitempty"`   // of the advisory
	Decided   ID          `json:"decided,omitempty"`  // who took the last decision: another one hears an appeal
	Decision  int64       `json:"decision,omitempty"` // the number of its event

	Created int64 `json:"created"` // ms
	Updated int64 `json:"updated"` // ms
	Seen    int64 `json:"seen"`    // ms: its last event, looks included
}

// Finding is one weakness of a case.
type Finding struct {
	Title      string             `json:"title,omitempty"`
	Facts      assess.Facts       `json:"facts"`
	Trials     *Trials            `json:"trials,omitempty"`
	Criterion  string             `json:"criterion,omitempty"` // what counts as success, said before trying
	Planned    int                `json:"planned,omitempty"`   // attempts, said before trying
	Runs       []Run              `json:"runs,omitempty"`
	Evidence   []Evidence         `json:"evidence,omitempty"`
	Verdict    Verdict            `json:"verdict"`
	Adjustment *assess.Adjustment `json:"adjustment,omitempty"`
}

// Final is the outcome that stands: a person's adjustment, or else the bar's own.
func (f Finding) Final() string {
	if f.Adjustment != nil {
		return f.Adjustment.Outcome
	}
	return f.Verdict.Outcome
}

// Trials is k of n, as one judge saw it.
type Trials struct {
	Successes int    `json:"successes"`
	Attempts  *int   `json:"attempts"` // nil where only successes were written down
	Errors    int    `json:"errors,omitempty"`
	Unjudged  int    `json:"unjudged,omitempty"`
	Judge     string `json:"judge,omitempty"`
}

// check refuses what nobody can have counted.
func (t Trials) check() error {
	switch {
	case t.Successes < 0 || t.Attempts != nil && t.Successes > *t.Attempts:
		return fault.New(fault.Invalid, "a run is k successes of n attempts, 0 to n").In("attempts").Do("such as 3 of 10")
	case t.Errors < 0:
		return fault.New(fault.Invalid, "%d attempts that failed for other reasons", t.Errors).In("errors").Do("0 or more, beside the attempts")
	case t.Unjudged < 0:
		return fault.New(fault.Invalid, "%d attempts without a judgement", t.Unjudged).In("unjudged").Do("0 or more, beside the attempts")
	}
	return within("judge", t.Judge, MaxName)
}

// Run is one attempt to reproduce a finding.
type Run struct {
	Trials
	Target string `json:"target,omitempty"` // model and version
	Retest bool   `json:"retest,omitempty"` // after a fix
	By     ID     `json:"by"`
	At     int64  `json:"at"`
}

// Evidence is something that was measured, and the file that it was measured from.
type Evidence struct {
	Kind   string `json:"kind"`           // of measure, or canary
	Fact   string `json:"fact,omitempty"` // the fact that it settles
	File   string `json:"file,omitempty"` // SHA-256 of an attachment
	Result string `json:"result"`         // measure's JSON
	By     ID     `json:"by"`
	At     int64  `json:"at"`
}

// Verdict is what the bar made of a finding's facts, as far as lists and replays need it.
type Verdict struct {
	Outcome  string   `json:"outcome"`
	Row      string   `json:"row,omitempty"`
	Possible []string `json:"possible,omitempty"`
	Next     string   `json:"next,omitempty"` // the decision point to ask
	Weakest  string   `json:"weakest,omitempty"`
}

// Embargo says until when nothing may be published.
type Embargo struct {
	Status string `json:"status"`          // none | proposed | active | exited
	Until  int64  `json:"until,omitempty"` // ms, UTC
}

// Flags are what is known of a weakness out in the world.
type Flags struct {
	Public  bool `json:"public,omitempty"`
	Exploit bool `json:"exploit,omitempty"`
	Attacks bool `json:"attacks,omitempty"`
}

// Participant is a person named on a case.
type Participant struct {
	Person ID     `json:"person"`
	Role   string `json:"role"` // reporter | guest | analyst | member
}

// Approval is the second pair of eyes that a grave outcome or an adjustment needs.
type Approval struct {
	For        string `json:"for"` // critical | adjustment
	ProposedBy ID     `json:"proposed_by"`
	ApprovedBy ID     `json:"approved_by,omitempty"`
}

// Plan is what is to become of an accepted weakness.
type Plan struct {
	Owner  string `json:"owner,omitempty"`
	Target int64  `json:"target,omitempty"` // ms
	Review int64  `json:"review,omitempty"` // ms: when a deferred case is looked at again
	Fix    string `json:"fix,omitempty"`    // the version, or the date of a change on the server
}

// Deadline is a clock that runs on a case.
type Deadline struct {
	ID      string `json:"id"` // of process/deadlines.yaml
	Started int64  `json:"started"`
	Due     int64  `json:"due"`
	Met     int64  `json:"met,omitempty"`    // ms: when it was stopped
	Warned  int64  `json:"warned,omitempty"` // ms: when it was last told of
}

// Link is a relation to another case.
type Link struct {
	Kind string `json:"kind"` // duplicate-of | duplicated-by | same-root-cause | regression-of | split-from | split-into | merged-into | merged-from | related
	To   ID     `json:"to"`
}

// Candidate is a case that may say the same.
type Candidate struct {
	Case     ID      `json:"case"`
	Score    float64 `json:"score"`
	Relation string  `json:"relation"`
}

// never is the due time of what has no deadline.
const never = int64(1) << 53

// UnderAppeal says that the last decision was appealed, and none was taken since.
func (c *Case) UnderAppeal() bool { return c.Appeals > 0 && c.Appealed == c.Decision }

// Due is when the nearest open deadline ends, in ms; never where there is none.
func (c *Case) Due() int64 {
	due := never
	for _, d := range c.Deadlines {
		if d.Met == 0 {
			due = min(due, d.Due)
		}
	}
	return due
}

// NextDeadline is the nearest open deadline, or nil.
func (c *Case) NextDeadline() *Deadline {
	for i, d := range c.Deadlines {
		if d.Met == 0 && d.Due == c.Due() {
			return &c.Deadlines[i]
		}
	}
	return nil
}

// Restricted says that only people named on the case may know of it.
func (c *Case) Restricted() bool {
	return c.Quarantined || c.Embargo.Status == EmbargoActive
}

// The states of an embargo.
const (
	EmbargoNone     = "none"
	EmbargoProposed = "proposed"
	EmbargoActive   = "active"
	EmbargoExited   = "exited"
)

// Named says whether a person is named on the case, in one of the roles or in any.
func (c *Case) Named(person ID, roles ...string) bool {
	return person != 0 && slices.ContainsFunc(c.People, func(p Participant) bool {
		return p.Person == person && (len(roles) == 0 || slices.Contains(roles, p.Role))
	})
}

// Age is how long the case has existed.
func (c *Case) Age(now time.Time) time.Duration {
	return now.Sub(time.UnixMilli(c.Created)).Truncate(time.Millisecond)
}

// Type is the type of its gravest finding, where it is known.
func (c *Case) Type() string {
	for _, f := range c.Findings {
		if fact, ok := f.Facts["type"]; ok && len(fact.Values) == 1 && (f.Final() == c.Outcome || len(c.Findings) == 1) {
			return fact.Values[0]
		}
	}
	return ""
}
