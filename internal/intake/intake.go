// Package intake reads what people and red-team tools send: reports as forms, mail and Markdown,
// scanner logs with gigabytes of attempts, exports of bounty platforms.
//
// Job: recognise a format by its content (Sniff), read it (Read) and hand out Reports, which are
// claims, and Findings, which are attempts grouped by target, method and judge. Nothing is
// interpreted: severities stay claims, and types are proposed by the tables of package mapping.
// Input: untrusted bytes, at most as large as Limits say. Output: one Batch.
//
// Three rules hold for every format. Polarity is normalised: a Success is an attack that worked,
// whatever the tool calls it. Errors and unjudged outputs leave the denominator but are counted.
// Rows are counted and headers only compared.
//
// Material that is never accepted (child sexual exploitation) is recognised by the name of its
// probe, plugin or category; such a row is counted, and nothing of it is kept or named.
package intake

import (
	"fmt"

	"bugbar/internal/intake/mapping"
)

// A Report is what somebody says about one weakness.
type Report struct {
	File     string             `json:"file"`
	At       int                `json:"at"` // line or element of the file, counted from 1
	Format   string             `json:"format"`
	ID       string             `json:"id,omitempty"` // the sender's own
	Aliases  []string           `json:"aliases,omitempty"`
	Title    string             `json:"title"`
	Text     string             `json:"text,omitempty"`
	Product  string             `json:"product,omitempty"`
	Model    string             `json:"model,omitempty"`
	Reporter string             `json:"reporter,omitempty"`
	Received string             `json:"received,omitempty"` // as written by the sender
	Claims   []Claim            `json:"claims,omitempty"`
	Proposed []mapping.Proposal `json:"proposed,omitempty"`
	Attached []Attachment       `json:"attachments,omitempty"`
}

// A Claim is one thing that the sender or a tool says, under the sender's own word for it.
type Claim struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	At    int    `json:"at,omitempty"` // line within the report's text
}

// An Attachment is a file that came with a report. Its bytes are not kept.
type Attachment struct {
	Name   string `json:"name"` // the last element only, whatever the sender wrote
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// An Outcome is what one attempt came to.
type Outcome uint8

// The outcomes. Only Failure and Success are trials.
const (
	Failure  Outcome = iota // the target resisted
	Success                 // the attack worked
	Error                   // the attempt did not take place as meant
	Unjudged                // there is an output, and no judgement of it
)

var outcomeNames = [...]string{"failure", "success", "error", "unjudged"}

func (o Outcome) String() string { return outcomeNames[o] }

// A Key says what was tried on what, and who judged: one Finding has one Key.
type Key struct {
	Tool     string `json:"tool"`
	Target   string `json:"target"`
	Method   string `json:"method"`             // probe, plugin, objective or vulnerability, in the tool's word
	Strategy string `json:"strategy,omitempty"` // how it was delivered, if the tool tells that apart
	Judge    string `json:"judge,omitempty"`    // detector, grader or scorer
}

// A Trial is one attempt, or Count attempts of the same outcome at the same place of the file.
type Trial struct {
	Key
	Outcome Outcome
	At      int // line or element of the file, counted from 1
	Count   int
}

// Basis says where the numbers of a Finding come from.
type Basis string

// The bases, strongest first.
const (
	Attempts Basis = "attempts" // every attempt was seen
	Summary  Basis = "summary"  // the tool's own totals; there are no transcripts
	Hits     Basis = "hits"     // successes only: k of an unknown number
)

// A Finding is all that one judge said about one method against one target.
type Finding struct {
	Key
	Basis     Basis              `json:"basis"`
	Threshold *float64           `json:"threshold,omitempty"` // scores at or above it count as success
	Successes int                `json:"successes"`
	Failures  int                `json:"failures"`
	Errors    int                `json:"errors"`
	Unjudged  int                `json:"unjudged"`
	Claims    []Claim            `json:"claims,omitempty"`
	Proposed  []mapping.Proposal `json:"proposed,omitempty"` // empty: unmapped
	Refs      Refs               `json:"refs"`
}

// Trials is the denominator; ok is false when only successes were written down.
func (f Finding) Trials() (n int, ok bool) {
	return f.Successes + f.Failures, f.Basis != Hits
}

// A LineError is one loss: a line, row or element that could not be used.
type LineError struct {
	File string `json:"file"`
	At   int    `json:"at"`   // line or element, counted from 1; 0 for the file as a whole
	What string `json:"what"` // what was wrong; never words of the input
	Want string `json:"want,omitempty"`
}

func (e LineError) Error() string {
	s := fmt.Sprintf("%s:%d: %s", e.File, e.At, e.What)
	if e.At == 0 {
		s = fmt.Sprintf("%s: %s", e.File, e.What)
	}
	if e.Want != "" {
		s += "; " + e.Want
	}
	return s
}

// A Batch is all that one call of Read found.
type Batch struct {
	Findings []Finding      `json:"findings"` // sorted by Key
	Reports  []Report       `json:"reports"`  // in the order of the input
	Totals   map[string]int `json:"totals"`   // only what the formats have; see the constants
	Warnings []string       `json:"warnings,omitempty"`
	Skipped  []LineError    `json:"skipped,omitempty"` // at most maxSkipped; Totals[Lost] counts all
	Files    []File         `json:"files"`
}

// A File is one file that was read.
type File struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	Run    string `json:"run,omitempty"` // the tool's id of the run
}

// Names of totals that several formats share. Others are the tool's own words.
const (
	Trials        = "trials"
	Successes     = "successes"
	Errors        = "errors"
	UnjudgedTotal = "unjudged"
	AttemptsTotal = "attempts"
	Incomplete    = "incomplete_attempts"
	HitsTotal     = "hits"
	Groups        = "groups"
	Results       = "results"
	ReportsTotal  = "reports"
	Lost          = "lost"         // lines, rows or elements that could not be used
	NotAccepted   = "not_accepted" // rows on material that is never accepted
	Unmapped      = "unmapped"     // findings without a proposed type
)
