// Package examples holds reports, evidence and scans that were written for bugbar: to try it out with, and to
// fill a demonstration. Nothing in them is real.
package examples

import "embed"

// Reports are eight reports, from zero-click exfiltration to a system prompt.
//
//go:embed reports/*.md
var Reports embed.FS
