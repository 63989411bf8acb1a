package main

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"bugbar/bar"
	"bugbar/internal/ssvc"
)

type barExportCmd struct {
	Format string `help:"ssvc (SSVC 2.0.0 decision points and tables), markdown, csv or json." enum:"ssvc,markdown,csv,json" default:"json"`
	Table  string `help:"Only this table (ssvc and csv)." placeholder:"ID"`
	Out    string `help:"With ssvc: a folder to write each decision point and table to as a file." placeholder:"DIR" type:"path"`
	barFlag
}

func (c *barExportCmd) Run(a *app) error {
	b, err := c.load()
	if err != nil {
		return err
	}
	if c.Table != "" && !slices.ContainsFunc(b.Tables, func(t *bar.Table) bool { return t.ID == c.Table }) {
		ids := make([]string, len(b.Tables))
		for i, t := range b.Tables {
			ids[i] = t.ID
		}
		return &bar.UnknownError{What: "table", Got: c.Table, Choices: ids}
	}
	if c.Out != "" && c.Format != "ssvc" {
		return &inputError{"--out goes with --format ssvc", "redirect the output instead"}
	}
	switch c.Format {
	case "ssvc":
		return c.ssvc(a, b)
	case "csv":
		return exportCSV(a.stdout, b, c.Table)
	case "markdown":
		return exportMarkdown(a.stdout, b)
	}
	return printJSON(a, b)
}

// ssvc writes decision tables: into a folder, or as one table or a list of them on the output.
func (c *barExportCmd) ssvc(a *app, b *bar.Bar) error {
	doc := ssvc.Export(b)
	if c.Out != "" {
		return writeSSVC(c.Out, doc)
	}
	for _, t := range doc.Tables {
		if t.ID == c.Table {
			return printJSON(a, t)
		}
	}
	return printJSON(a, doc.Tables)
}

func writeSSVC(dir string, doc ssvc.Document) error {
	for _, p := range doc.Points {
		if err := writeJSON(filepath.Join(dir, "decision_points", p.ID+".json"), p); err != nil {
			return err
		}
	}
	for _, t := range doc.Tables {
		if err := writeJSON(filepath.Join(dir, "decision_tables", t.ID+".json"), t); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(file string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}

// exportCSV writes one line for each row of the bar, or of one table.
func exportCSV(w io.Writer, b *bar.Bar, table string) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"table", "row", "condition", "outcome", "next_table", "section", "text"})
	for _, t := range b.Tables {
		for _, r := range t.Rows {
			if table == "" || table == t.ID {
				_ = out.Write([]string{t.ID, r.ID, r.Condition(), r.Outcome, r.Table, r.Section, r.Text})
			}
		}
	}
	out.Flush()
	return out.Error() // the first error of any write
}

//go:embed bar.md.tmpl
var barMarkdown string

// exportMarkdown writes the bar as a document to read.
func exportMarkdown(w io.Writer, b *bar.Bar) error {
	t := template.New("bar").Funcs(template.FuncMap{
		"cell":    func(s string) string { return strings.ReplaceAll(s, "|", `\|`) },
		"outcome": b.Outcome,
	})
	return template.Must(t.Parse(barMarkdown)).Execute(w, b)
}
