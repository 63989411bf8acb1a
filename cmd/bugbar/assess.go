package main

import (
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/batch"
	"bugbar/internal/ssvc"
)

type assessCmd struct {
	Facts  []string `arg:"" optional:"" help:"Facts as point=value, point=value|value where several are possible, or point=unknown."`
	Batch  string   `help:"Read facts from FILE, one JSON object a line, and answer each on a line (- for standard input)." placeholder:"FILE"`
	Format string   `help:"text, json, or ssvc (a SelectionList 2.0.0)." enum:"text,json,ssvc" default:"text"`
	evidenceFlag
	barFlag
}

// Help is shown by bugbar assess --help.
func (assessCmd) Help() string {
	return "bugbar assess type=prompt-injection impact=data-exfiltration interaction=none\n\n" +
		"bugbar bar show lists the decision points; bugbar bar show POINT tells how to decide one."
}

func (c *assessCmd) Run(a *app) error {
	b, err := c.load()
	if err != nil {
		return err
	}
	if c.Batch != "" {
		return c.runBatch(a, b)
	}
	facts, err := parseFacts(b, c.Facts)
	if err != nil {
		return err
	}
	if err := c.apply(a, b, facts); err != nil {
		return err
	}
	v, err := assess.Assess(b, facts)
	if err != nil {
		return err
	}
	switch c.Format {
	case "json":
		return printJSON(a, v)
	case "ssvc":
		return printJSON(a, ssvc.Selections(b, v, a.now()))
	}
	return printVerdict(a, b, v)
}

func parseFacts(b *bar.Bar, texts []string) (assess.Facts, error) {
	facts := assess.Facts{}
	for _, text := range texts {
		point, fact, err := assess.Parse(b, text)
		if err != nil {
			return nil, err
		}
		if _, twice := facts[point]; twice {
			return nil, &inputError{fmt.Sprintf("%s is given twice", point), "once, with | between values that are all possible"}
		}
		facts[point] = fact
	}
	return facts, nil
}

func (c *assessCmd) runBatch(a *app, b *bar.Bar) error {
	if len(c.Facts)+len(c.Evidence) > 0 {
		return &inputError{"facts on the command line together with --batch", "put them into the lines of the batch"}
	}
	in, err := a.open(c.Batch)
	if err != nil {
		return err
	}
	defer in.Close()
	lines, failed, err := batch.Run(a.ctx, b, in, a.stdout)
	if err == nil && failed > 0 {
		err = fmt.Errorf("%s: %w: %d of %d", c.Batch, errPartly, failed, lines)
	}
	return err
}

func printJSON(a *app, v any) error {
	// As encoding/json writes it, in a third of the time: an import may have hundreds of thousands of places.
	err := json.MarshalWrite(a.stdout, v, jsonv1.DefaultOptionsV1(), jsontext.WithIndent("  "), jsontext.EscapeForHTML(false))
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.stdout, "\n")
	return err
}
