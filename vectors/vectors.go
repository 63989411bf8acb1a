// Package vectors embeds facts and the verdicts that they must lead to, one file of JSON lines for
// each edition of a shipped bar, so that anybody can hold another implementation to the same
// reading. A line is {"facts": {point: value}, "outcome": id, "row": id}.
package vectors

import "embed"

// Files holds NAME-EDITION.jsonl.
//
//go:embed *.jsonl
var Files embed.FS
