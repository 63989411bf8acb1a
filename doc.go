// Package bugbar is evidence-first triage for AI vulnerability reports.
//
// A report, or a scanner's output, comes in. bugbar proposes the facts that decide, measures the
// evidence, and says what an AI bug bar makes of it: a severity, a content scope, or why neither
// applies. The packages stand in one line, the way the data travels, and a package imports only
// what stands to its left; ARCHITECTURE.md walks along that line and deps_test.go holds it.
package bugbar
