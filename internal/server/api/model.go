package api

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bugbar/assess"
	"bugbar/internal/casebook"
)

// ID is the id of a case or person.
type ID casebook.ID

// Schema is what the description says of ids.
func (ID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Pattern: `^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{4}-?[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{9}$`,
		PatternDescription: "an id such as 0K3V-9Q2XTA4MR", Examples: []any{"0K3V-9Q2XTA4MR"},
	}
}

// MarshalText writes an id.
func (id ID) MarshalText() ([]byte, error) { return casebook.ID(id).MarshalText() }

// UnmarshalText reads an id.
func (id *ID) UnmarshalText(text []byte) error { return (*casebook.ID)(id).UnmarshalText(text) }

// idOf is an id that may be missing.
func idOf(id casebook.ID) *ID {
	if id == 0 {
		return nil
	}
	return (*ID)(&id)
}

// at is a time as the API has it.
func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// atOf is a time that may be missing.
func atOf(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := at(ms)
	return &t
}

// msOf is a time that may be missing, as the casebook has it.
func msOf(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMilli()
}

// some is a list that is never null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// each turns a list into another one.
func each[T, U any](list []T, turn func(T) U) []U {
	out := make([]U, len(list))
	for i, v := range list {
		out[i] = turn(v)
	}
	return out
}

// Case is a report's life as it stands.
type Case struct {
	ID          ID          `json:"id"`
	Revision    int64       `json:"revision" doc:"Counts up with each change; the ETag is made of it."`
	Title       string      `json:"title"`
	Product     string      `json:"product,omitempty"`
	Model       string      `json:"model,omitempty"`
	Source      string      `json:"source" doc:"How it came in: form, mail, api, cli or scan."`
	Key         string      `json:"key,omitempty" doc:"What a scan's finding is known by."`
	Refs        []string    `json:"refs" doc:"External ids, such as CVE."`
	State       string      `json:"state" doc:"Where it is in its life; GET /process lists the states."`
	StateName   string      `json:"state_name"`
	Step        int         `json:"step" minimum:"0" maximum:"5" doc:"Of the five that a reporter is told: 1 received, 2 being looked at, 3 judged, 4 being mended, 5 done."`
	Before      string      `json:"before,omitempty" doc:"The state that a question interrupted."`
	Reason      string      `json:"reason,omitempty" doc:"Why it is in this state, where one was given."`
	Since       time.Time   `json:"since" doc:"When it came into this state."`
	Track       string      `json:"track,omitempty" doc:"security or content."`
	Waiting     string      `json:"waiting,omitempty" doc:"For whom: team, reporter, product or other."`
	Assignee    *ID         `json:"assignee,omitempty"`
	Embargo     Embargo     `json:"embargo"`
	Flags       Flags       `json:"flags"`
	Quarantined bool        `json:"quarantined" doc:"Its content is withheld from everybody but custodians."`
	Restricted  bool        `json:"restricted" doc:"Only people named on it may know of it."`
	Reporter    *ID         `json:"reporter,omitempty" doc:"Only for those who may know who reported."`
	People      []Named     `json:"people"`
	Bar         string      `json:"bar" doc:"The bar by which it is judged, NAME@EDITION."`
	Outcome     string      `json:"outcome" doc:"The gravest outcome of its findings; undetermined while facts are missing."`
	Findings    []Finding   `json:"findings"`
	Approval    *Approval   `json:"approval,omitempty" doc:"The second pair of eyes, where one is needed."`
	Plan        Plan        `json:"plan"`
	Deadlines   []Deadline  `json:"deadlines"`
	Due         *time.Time  `json:"due,omitempty" doc:"When the nearest open deadline ends."`
	Links       []CaseLink  `json:"links"`
	Candidates  []Candidate `json:"candidates" doc:"Cases that may say the same, not yet decided on."`
	Messages    int         `json:"messages"`
	Files       int         `json:"files"`
	Told        *time.Time  `json:"told,omitempty" doc:"When the team last wrote to the reporter."`
	Heard       *time.Time  `json:"heard,omitempty" doc:"When the reporter last wrote."`
	Appeals     int         `json:"appeals"`
	Created     time.Time   `json:"created"`
	Updated     time.Time   `json:"updated"`
}

// Embargo says until when nothing may be published.
type Embargo struct {
	Status string     `json:"status" enum:"none,proposed,active,exited"`
	Until  *time.Time `json:"until,omitempty"`
}

// Flags are what is known of a weakness out in the world.
type Flags struct {
	Public  bool `json:"public" doc:"The weakness is publicly known."`
	Exploit bool `json:"exploit" doc:"An exploit is public."`
	Attacks bool `json:"attacks" doc:"It is attacked. Starts the statutory clocks."`
}

// Named is somebody named on a case.
type Named struct {
	Person ID     `json:"person"`
	Role   string `json:"role" enum:"guest,analyst,member,reporter"`
}

// Approval is the second person's part.
type Approval struct {
	For        string `json:"for" enum:"critical,adjustment"`
	ProposedBy *ID    `json:"proposed_by,omitempty"`
	ApprovedBy *ID    `json:"approved_by,omitempty"`
}

// Plan is what is to become of an accepted weakness.
type Plan struct {
	Owner  string     `json:"owner,omitempty" maxLength:"200"`
	Target *time.Time `json:"target,omitempty" doc:"By when it shall be mended."`
	Review *time.Time `json:"review,omitempty" doc:"When a deferred case is looked at again."`
	Fix    string     `json:"fix,omitempty" maxLength:"200" doc:"The version that mends it, or the date of a change on the server."`
}

// Deadline is a clock that runs on a case.
type Deadline struct {
	ID      string     `json:"id" doc:"Of GET /process."`
	Name    string     `json:"name"`
	Started time.Time  `json:"started"`
	Due     time.Time  `json:"due"`
	Met     *time.Time `json:"met,omitempty" doc:"When it was stopped."`
}

// CaseLink is a relation to another case.
type CaseLink struct {
	Kind string `json:"kind" doc:"duplicate-of, duplicated-by, same-root-cause, regression-of, regressed-by, split-from, split-into, merged-into, merged-from or related."`
	To   *ID    `json:"to,omitempty" doc:"The other case; left out where the reader may not know which it is."`
}

// Candidate is a case that may say the same.
type Candidate struct {
	Case     *ID     `json:"case,omitempty" doc:"Left out where you may not know which it is."`
	Score    float64 `json:"score" doc:"From 0 to 1: how alike."`
	Relation string  `json:"relation,omitempty"`
}

// Trials is how often an attack worked, as one judge saw it.
type Trials struct {
	Successes int    `json:"successes" minimum:"0"`
	Attempts  *int   `json:"attempts,omitempty" minimum:"0" doc:"Missing where only successes were written down."`
	Errors    int    `json:"errors,omitempty" minimum:"0"`
	Unjudged  int    `json:"unjudged,omitempty" minimum:"0"`
	Judge     string `json:"judge,omitempty" maxLength:"200"`
}

// Fact is an answer to a decision point.
type Fact struct {
	Values     []string `json:"values" maxItems:"64" doc:"The values still possible; none for unknown."`
	Provenance string   `json:"provenance" enum:"claimed,suggested,measured,confirmed" doc:"Who or what vouches for it."`
	By         string   `json:"by,omitempty"`
	Evidence   string   `json:"evidence,omitempty" doc:"Where it can be checked."`
}

// Finding is one weakness of a case.
type Finding struct {
	Number     int             `json:"number" doc:"From 1; stands in the paths below findings."`
	Title      string          `json:"title,omitempty"`
	Facts      map[string]Fact `json:"facts" doc:"By decision point of the bar."`
	Trials     *Trials         `json:"trials,omitempty" doc:"What a scan saw."`
	Criterion  string          `json:"criterion,omitempty" doc:"What counts as success, said before trying."`
	Planned    int             `json:"planned,omitempty" doc:"How many attempts were planned."`
	Runs       []Run           `json:"runs"`
	Evidence   []Evidence      `json:"evidence"`
	Outcome    string          `json:"outcome" doc:"What stands: the adjustment, or else the bar's own."`
	Verdict    Summary         `json:"verdict"`
	Adjustment *Adjustment     `json:"adjustment,omitempty"`
}

// Summary is what the bar makes of a finding, in short.
type Summary struct {
	Outcome  string   `json:"outcome"`
	Row      string   `json:"row,omitempty" doc:"The row of the bar that was reached."`
	Possible []string `json:"possible" doc:"What the facts leave open."`
	Next     string   `json:"next,omitempty" doc:"The decision point to ask."`
	Weakest  string   `json:"weakest,omitempty" doc:"The weakest provenance among the facts that decide."`
}

// Adjustment is a person's decision beside the bar's own.
type Adjustment struct {
	Outcome string    `json:"outcome"`
	By      string    `json:"by"`
	When    time.Time `json:"when"`
	Why     string    `json:"why"`
}

// Run is one attempt to reproduce.
type Run struct {
	Trials
	Target string    `json:"target,omitempty" doc:"Model and version."`
	Retest bool      `json:"retest" doc:"After a fix."`
	By     *ID       `json:"by,omitempty"`
	At     time.Time `json:"at"`
}

// Evidence is something measured.
type Evidence struct {
	Kind   string    `json:"kind"`
	Fact   string    `json:"fact,omitempty" doc:"The decision point that it settles."`
	File   string    `json:"file,omitempty" doc:"SHA-256 of the attachment that it was measured from."`
	Result any       `json:"result" doc:"What was measured."`
	By     *ID       `json:"by,omitempty"`
	At     time.Time `json:"at"`
}

func factOf(f assess.Fact) Fact {
	return Fact{Values: some(f.Values), Provenance: string(f.Provenance), By: f.By, Evidence: f.Evidence}
}

func trialsOf(t *casebook.Trials) *Trials {
	if t == nil {
		return nil
	}
	return &Trials{t.Successes, t.Attempts, t.Errors, t.Unjudged, t.Judge}
}
