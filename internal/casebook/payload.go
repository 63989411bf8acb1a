package casebook

import (
	"fmt"
	"slices"

	"bugbar/assess"
)

// The payloads of events that make up a case. What an event leads to beyond its own words, such as the
// verdict that a fact brings about or the clocks that it starts, was worked out when it happened and stands
// in it, so that a replay needs no bar, no process and no clock.
type (
	// Received opens a case.
	Received struct {
		Title     string        `json:"title"`
		Product   string        `json:"product,omitempty"`
		Model     string        `json:"model,omitempty"`
		Source    string        `json:"source"`
		Key       string        `json:"key,omitempty"`
		Refs      []string      `json:"refs,omitempty"`
		Text      string        `json:"text_sha256,omitempty"`
		Files     []File        `json:"files,omitempty"`
		Reporter  ID            `json:"reporter,omitempty"`
		People    []Participant `json:"people,omitempty"`
		Bar       string        `json:"bar"`
		Outcome   string        `json:"outcome"`
		Findings  []Finding     `json:"findings"`
		Pending   []Candidate   `json:"pending,omitempty"`
		Deadlines []Deadline    `json:"deadlines,omitempty"`
		SplitFrom ID            `json:"split_from,omitempty"`
		ReportKey string        `json:"report_key_sha256,omitempty"` // the digest of what the table has: of no use to who reads it
	}
	// FactSet answers a decision point of a finding; a fact without values takes the answer back.
	FactSet struct {
		Finding int         `json:"finding"`
		Point   string      `json:"point"`
		Fact    assess.Fact `json:"fact"`
		Verdict Verdict     `json:"verdict"`
		Outcome string      `json:"outcome"`
	}
	// FindingAdded is another weakness in the same report.
	FindingAdded struct {
		Finding Finding `json:"finding"`
		Outcome string  `json:"outcome"`
	}
	// FindingsSplit moves findings into a case of their own.
	FindingsSplit struct {
		Findings []int  `json:"findings"` // from 0
		To       ID     `json:"to"`
		Outcome  string `json:"outcome"`
	}
	// Renamed corrects what a case is called by.
	Renamed struct {
		Title   string   `json:"title,omitempty"`
		Product string   `json:"product,omitempty"`
		Model   string   `json:"model,omitempty"`
		Refs    []string `json:"refs,omitempty"`
	}
	// TrialsUpdated is what a newer run of the same scan saw.
	TrialsUpdated struct {
		Finding int    `json:"finding"`
		Trials  Trials `json:"trials"`
		File    string `json:"file,omitempty"`
	}
	// CriterionSet says, before anything is tried, what counts as success and how often it is tried.
	CriterionSet struct {
		Finding   int    `json:"finding"`
		Criterion string `json:"criterion"`
		Planned   int    `json:"planned"`
	}
	// RunRecorded is an attempt to reproduce.
	RunRecorded struct {
		Finding int `json:"finding"`
		Run     Run `json:"run"`
	}
	// EvidenceAdded is something measured.
	EvidenceAdded struct {
		Finding  int      `json:"finding"`
		Evidence Evidence `json:"evidence"`
	}
	// Assessed records the verdict that a person stands for.
	Assessed struct {
		Finding int    `json:"finding"`
		Kind    string `json:"assessment"` // first | revised | appeal | blind
		Bar     string `json:"bar"`
		Outcome string `json:"outcome"`
		Row     string `json:"row,omitempty"`
	}
	// Adjusted lets another outcome stand than the bar's own, or takes that back where Outcome is empty.
	Adjusted struct {
		Finding int    `json:"finding"`
		Outcome string `json:"outcome"`
		Why     string `json:"why"`
		By      string `json:"by"`
		Case    string `json:"case_outcome"`
	}
	// ApprovalAsked asks a second person.
	ApprovalAsked struct {
		For string `json:"for"`
	}
	// Approved is the second person's yes.
	Approved struct{}
	// Rejudged moves a case to another edition of its bar.
	Rejudged struct {
		Bar      string    `json:"bar"`
		Verdicts []Verdict `json:"verdicts"`
		Outcome  string    `json:"outcome"`
	}
	// Moved changes the state.
	Moved struct {
		From   string `json:"from"`
		To     string `json:"to"`
		Before string `json:"before,omitempty"`
		Reason string `json:"reason,omitempty"`
		Plan   *Plan  `json:"plan,omitempty"`
		Appeal bool   `json:"appeal,omitempty"`
		// Decides says that the move is a decision of its own, Anew that one is to be taken again.
		Decides bool   `json:"decides,omitempty"`
		Anew    bool   `json:"anew,omitempty"`
		Waits   string `json:"waiting"`
	}
	// Acknowledged says that the reporter knows that the report arrived.
	Acknowledged struct{}
	// TrackSet says whether a case is of security or of content.
	TrackSet struct {
		Track string `json:"track"`
	}
	// Assigned gives a case to a person, or to nobody.
	Assigned struct {
		To ID `json:"to"`
	}
	// MessageAdded is something written: to the reporter, or for the team only.
	MessageAdded struct {
		Visibility string `json:"visibility"` // reporter | team
		Text       string `json:"text_sha256"`
		From       string `json:"from,omitempty"` // reporter, where one wrote who has no account
		Files      []File `json:"files,omitempty"`
		Waits      string `json:"waiting,omitempty"`
	}
	// FilesAdded are attachments.
	FilesAdded struct {
		Visibility string `json:"visibility"`
		Files      []File `json:"files"`
	}
	// PersonNamed and PersonUnnamed say who may see and do what on this case.
	PersonNamed   Participant
	PersonUnnamed Participant
	// EmbargoSet changes the embargo.
	EmbargoSet Embargo
	// FlagsSet says what is known out in the world.
	FlagsSet Flags
	// Linked and Unlinked relate cases.
	Linked   Link
	Unlinked Link
	// Suggested are cases that may say the same; CandidateDecided is a person's answer.
	Suggested struct {
		Candidates []Candidate `json:"candidates"`
	}
	CandidateDecided struct {
		Case     ID     `json:"case"`
		Relation string `json:"relation"` // empty: rejected
	}
	// Clocks starts and stops deadlines.
	Clocks struct {
		Started []Deadline `json:"started,omitempty"`
		Met     []string   `json:"met,omitempty"`
	}
	// Warned says that somebody was told of a deadline.
	Warned struct {
		Deadline string `json:"deadline"`
	}
	// Filed says that a person did what a statutory deadline asks for.
	Filed struct {
		Deadline  string `json:"deadline"`
		Reference string `json:"reference,omitempty"`
	}
	// Quarantined takes a case's content out of everybody's sight but the named role's; Released gives it back.
	Quarantined struct {
		Reason string `json:"reason"`
	}
	Released struct {
		Reason string `json:"reason"`
	}
	// Read is a look at what is embargoed, at a reporter's identity, or at what is in quarantine.
	Read struct {
		What string `json:"what"` // case | identity | file | export
	}
)

// File is an attachment as an event names it.
type File struct {
	SHA256 string `json:"sha256"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
}

// payload of a case: what it does to the case, known to be sound.
type casePayload interface {
	Payload
	apply(c *Case, e Event)
}

func (Received) kind() string         { return "received" }
func (FactSet) kind() string          { return "fact-set" }
func (FindingAdded) kind() string     { return "finding-added" }
func (FindingsSplit) kind() string    { return "findings-split" }
func (Renamed) kind() string          { return "renamed" }
func (TrialsUpdated) kind() string    { return "trials-updated" }
func (CriterionSet) kind() string     { return "criterion-set" }
func (RunRecorded) kind() string      { return "run-recorded" }
func (EvidenceAdded) kind() string    { return "evidence-added" }
func (Assessed) kind() string         { return "assessed" }
func (Adjusted) kind() string         { return "adjusted" }
func (ApprovalAsked) kind() string    { return "approval-asked" }
func (Approved) kind() string         { return "approved" }
func (Rejudged) kind() string         { return "rejudged" }
func (Moved) kind() string            { return "moved" }
func (Acknowledged) kind() string     { return "acknowledged" }
func (TrackSet) kind() string         { return "track-set" }
func (Assigned) kind() string         { return "assigned" }
func (MessageAdded) kind() string     { return "message-added" }
func (FilesAdded) kind() string       { return "files-added" }
func (PersonNamed) kind() string      { return "person-named" }
func (PersonUnnamed) kind() string    { return "person-unnamed" }
func (EmbargoSet) kind() string       { return "embargo-set" }
func (FlagsSet) kind() string         { return "flags-set" }
func (Linked) kind() string           { return "linked" }
func (Unlinked) kind() string         { return "unlinked" }
func (Suggested) kind() string        { return "suggested" }
func (CandidateDecided) kind() string { return "candidate-decided" }
func (Clocks) kind() string           { return "clocks" }
func (Warned) kind() string           { return "warned" }
func (Filed) kind() string            { return "filed" }
func (Quarantined) kind() string      { return "quarantined" }
func (Released) kind() string         { return "released" }
func (Read) kind() string             { return "read" }

// caseKinds decodes the events of a case, by kind.
var caseKinds = map[string]func(Event) (casePayload, error){
	"received": of[Received], "fact-set": of[FactSet], "finding-added": of[FindingAdded], "findings-split": of[FindingsSplit], "renamed": of[Renamed],
	"trials-updated": of[TrialsUpdated], "criterion-set": of[CriterionSet], "run-recorded": of[RunRecorded],
	"evidence-added": of[EvidenceAdded], "assessed": of[Assessed], "adjusted": of[Adjusted],
	"approval-asked": of[ApprovalAsked], "approved": of[Approved], "rejudged": of[Rejudged], "moved": of[Moved],
	"acknowledged": of[Acknowledged], "track-set": of[TrackSet], "assigned": of[Assigned],
	"message-added": of[MessageAdded], "files-added": of[FilesAdded], "person-named": of[PersonNamed],
	"person-unnamed": of[PersonUnnamed], "embargo-set": of[EmbargoSet], "flags-set": of[FlagsSet],
	"linked": of[Linked], "unlinked": of[Unlinked], "suggested": of[Suggested],
	"candidate-decided": of[CandidateDecided], "clocks": of[Clocks], "warned": of[Warned], "filed": of[Filed],
	"quarantined": of[Quarantined], "released": of[Released], "read": of[Read],
}

func of[P casePayload](e Event) (casePayload, error) { return decode[P](e) }

// apply takes a case one event further. The error tells of an event that does not fit.
func (c *Case) apply(e Event) error {
	read, known := caseKinds[e.Kind]
	if !known {
		return fmt.Errorf("event %d of %s: unknown kind %q", e.Seq, e.Stream, e.Kind)
	}
	p, err := read(e)
	if err != nil {
		return err
	}
	if f, ok := p.(interface{ finding() int }); ok && (f.finding() < 0 || f.finding() >= len(c.Findings)) {
		return fmt.Errorf("event %d of %s: there is no finding %d", e.Seq, e.Stream, f.finding()+1)
	}
	c.take(p, e)
	return nil
}

// take applies a payload that was decoded or just made.
func (c *Case) take(p casePayload, e Event) {
	p.apply(c, e)
	c.ID, c.Version, c.Head, c.Seen = e.Stream, e.Seq, e.Hash, e.At
	if e.Kind != (Read{}).kind() {
		c.Revision, c.Updated = e.Seq, e.At
	}
}

func (p FactSet) finding() int       { return p.Finding }
func (p TrialsUpdated) finding() int { return p.Finding }
func (p CriterionSet) finding() int  { return p.Finding }
func (p RunRecorded) finding() int   { return p.Finding }
func (p EvidenceAdded) finding() int { return p.Finding }
func (p Assessed) finding() int      { return p.Finding }
func (p Adjusted) finding() int      { return p.Finding }

// without is a list without the elements that a condition picks; the list itself stays as it is.
func without[T any](list []T, drop func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), drop)
}
