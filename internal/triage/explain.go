package triage

import (
	_ "embed"
	"fmt"
	"io"
	"strings"
	"text/template"

	"bugbar/assess"
	"bugbar/bar"
)

//go:embed explain.md.tmpl
var explainText string

// Explain writes the record as Markdown that can be sent to the reporter: for each finding the
// outcome, the row and the facts that it rests on, what would change it, and how to object.
func Explain(w io.Writer, b *bar.Bar, r *Record) error {
	t := template.New("explain").Funcs(template.FuncMap{
		"md":      Markdown,
		"outcome": func(id string) bar.Outcome { return named(b, id) },
		"row":     b.Row,
		"section": b.Section,
		"fact":    func(v assess.Verdict, point string) string { return strings.Join(v.Facts[point].Values, " or ") },
		"vouched": func(v assess.Verdict, point string) string { return Vouched(v.Facts[point]) },
		"point":   func(id string) *bar.Point { p, _ := b.Point(id); return p },
		"change":  func(c assess.Change) string { return ChangeText(b, c) },
		"weighed": func(id string) bar.Consideration { return consideration(b, id) },
		"list":    func(ids []string) string { return OutcomeNames(b, ids) },
		"clause":  func(row string) *bar.Clause { return clause(b, row) },
		"inc":     func(i int) int { return i + 1 },
	})
	return template.Must(t.Parse(explainText)).Execute(w, map[string]any{"Bar": b, "Record": r})
}

// named is an outcome of the bar; the engine's own undetermined has a name of its own.
func named(b *bar.Bar, id string) bar.Outcome {
	if o := b.Outcome(id); o.ID != "" {
		return o
	}
	return bar.Outcome{ID: id, Name: "Undetermined", Text: "Facts are missing; several outcomes are possible."}
}

func consideration(b *bar.Bar, id string) bar.Consideration {
	for _, c := range b.Considerations {
		if c.ID == id {
			return c
		}
	}
	return bar.Consideration{ID: id}
}

// clause is the bar's rule for a row that its tables do not rate, or nil.
func clause(b *bar.Bar, row string) *bar.Clause {
	for _, c := range []*bar.Clause{b.Referral, b.Discretion} {
		if c != nil && c.Row == row {
			return c
		}
	}
	return nil
}

// OutcomeNames lists outcomes by name: "Critical, Important or Low".
func OutcomeNames(b *bar.Bar, ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = named(b, id).Name
	}
	return alternatives(names)
}

func alternatives(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// ChangeText words a change: "would raise it to Critical".
func ChangeText(b *bar.Bar, c assess.Change) string {
	switch c.Direction {
	case assess.Raises:
		return "would raise it to " + named(b, c.Outcome).Name
	case assess.Lowers:
		return "would lower it to " + named(b, c.Outcome).Name
	case assess.Moves:
		return "would make it " + named(b, c.Outcome).Name
	}
	return "would reopen it: " + OutcomeNames(b, c.Possible)
}

// Vouched words who vouches for a fact.
func Vouched(f assess.Fact) string {
	if f.By == "" {
		return string(f.Provenance)
	}
	return fmt.Sprintf("%s by %s", f.Provenance, f.By)
}

var markdownSpecial = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
	"#", `\#`, "|", `\|`, "!", `\!`, "~", `\~`, "@", `&#64;`, "://", `:&#8203;//`, "www.", `www&#46;`, "WWW.", `WWW&#46;`, "Www.", `Www&#46;`,
)

// Markdown makes a line from outside safe inside Markdown: no markup, no link, no mention.
func Markdown(text string) string { return markdownSpecial.Replace(Line(text)) }
