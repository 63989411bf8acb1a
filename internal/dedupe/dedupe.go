// Package dedupe finds, among the cases that are known, those that say the same as a new one.
//
// In goes a Case: the text of a report or finding, and what is known of its identity, field by field.
// Out come Candidates, best first, each with a score, what is the same, what differs, and the relation
// that a person may want to record. The package proposes; it merges nothing. Clusters groups floods of
// reports that were written by one template.
//
// A text becomes a set of words: case, accents, look-alike letters, invisible characters, formatting and
// the plural of English nouns are taken away. An Index keeps for each word the cases that hold it. A
// query walks the lists of its rarest words first, within a budget, and compares the best cases in full: how
// much of the smaller text, each word weighed by how rare it is, stands in the other. Words that stand only in quoted
// passages, or in passages that many cases share, count little. BENCHMARKS.md has what this was measured
// against. No output of a language model may be part of a Case: it differs from run to run.
//
// Limits: the first MiB of a text is read, and of its words at most 1024 are kept, by smallest hash, so
// that near-duplicates keep the same ones. An index of a million reports takes about a gigabyte of
// memory. Hashes are XXH3 with fixed seeds, so that index files stay readable; File has their format.
package dedupe

// Case is one report or finding.
type Case struct {
	ID    string `json:"id"` // unique among the cases of an index; at most 1024 bytes
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
	Identity
	Fixed bool `json:"fixed,omitempty"` // its weakness was mended
}

// Identity is what is known of a case beside its text. A field that is not known is empty.
type Identity struct {
	Type      string   `json:"type,omitempty"`       // a value of the bar's decision point
	Target    string   `json:"target,omitempty"`     // the product or model
	Method    string   `json:"method,omitempty"`     // the attack, in the words of a tool or taxonomy
	RootCause string   `json:"root_cause,omitempty"` // as the vendor named it
	Canaries  []string `json:"canaries,omitempty"`   // markers that the attack made appear
	IDs       []string `json:"ids,omitempty"`        // such as CVE and GHSA; those in the text are added
}

// Candidate is a known case that may say the same as a new one.
type Candidate struct {
	ID       string       `json:"id"`
	Score    float64      `json:"score"` // 0 to 1: the text's, moved by the fields
	Text     float64      `json:"text"`  // 0 to 1: how much of the smaller text stands in the other, by weight
	Relation Relation     `json:"relation"`
	Same     []FieldMatch `json:"same,omitempty"`
	Differs  []FieldMatch `json:"differs,omitempty"`
	Shared   []string     `json:"shared_words,omitempty"`  // the rarest words of the new case that the candidate has
	Missing  []string     `json:"missing_words,omitempty"` // and those that it lacks
}

// FieldMatch is a field of the identity that both cases know.
type FieldMatch struct {
	Field string `json:"field"`
	New   string `json:"new"`
	Known string `json:"known"`
}

// Relation is what a new case may be to a known one.
type Relation string

// The relations, strongest first.
const (
	Duplicate     Relation = "duplicate"
	Regression    Relation = "regression" // says the same as a case that was fixed
	SameRootCause Relation = "same-root-cause"
	Related       Relation = "related"
)
