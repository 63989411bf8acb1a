package intake

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bugbar/internal/intake/jsonl"
)

// bugbar's own report: JSON, one document or one per line, held to report.schema.json. What it says of
// attempts is a claim like everything else in it; the attempts themselves come from a tool's output.

//go:embed report.schema.json
var ownSchema []byte

// OwnSchema is the JSON Schema of bugbar's own report format.
func OwnSchema() []byte { return bytes.Clone(ownSchema) }

const ownName = "bugbar/report/v1"

var compileOwn = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(ownSchema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.schema.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("report.schema.json")
})

func sniffOwn(h *head) bool { return h.line("schema=" + ownName) }

type ownReport struct {
	ID       string   `json:"id"`
	Aliases  []string `json:"aliases"`
	Title    string   `json:"title"`
	Text     string   `json:"text"`
	Product  string   `json:"product"`
	Model    string   `json:"model"`
	Reporter string   `json:"reporter"`
	Received string   `json:"received"`
	Severity string   `json:"severity"`
	Claims   []Claim  `json:"claims"`
	Trials   []struct {
		Method    string `json:"method"`
		Successes int    `json:"successes"`
		Attempts  int    `json:"attempts"`
	} `json:"trials"`
}

func readOwn(f *file) error {
	if !f.head.jsonLines {
		return f.root(func(p jsonl.Part) { f.own(0, p.Value) })
	}
	newParser := func() func([]byte) []byte { return bytes.Clone }
	return jsonl.Lines(f, 1, newParser, func(l jsonl.Line[[]byte]) error {
		if l.Err != nil {
			f.lose(l.Number, l.Err.Error(), "one report per line")
			return nil
		}
		f.own(l.Number, l.Value)
		return nil
	})
}

func (f *file) own(at int, text []byte) {
	var r ownReport
	if err := checkOwn(text); err != nil {
		f.lose(at, err.Error(), "what report.schema.json asks for")
		return
	}
	if err := jsonl.Decode(text, &r); err != nil {
		f.lose(at, lineFlaw(err), "what report.schema.json asks for")
		return
	}
	made := append(claims("severity", r.Severity), r.Claims...)
	for _, t := range r.Trials {
		made = append(made, claims("trials: "+t.Method, fmt.Sprintf("%d of %d", t.Successes, t.Attempts))...)
	}
	f.report(Report{
		At: at, ID: r.ID, Aliases: r.Aliases, Title: r.Title, Text: r.Text, Product: r.Product, Model: r.Model,
		Reporter: r.Reporter, Received: r.Received, Claims: made,
	})
}

// checkOwn validates against the schema; the error names the first place that is wrong, not its value.
func checkOwn(text []byte) error {
	schema, err := compileOwn()
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return errors.New("no valid JSON")
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(doc); errors.As(err, &invalid) {
		for len(invalid.Causes) > 0 {
			invalid = invalid.Causes[0]
		}
		return fmt.Errorf("field %v breaks rule %v", invalid.InstanceLocation, invalid.ErrorKind.KeywordPath())
	} else if err != nil {
		return err
	}
	return nil
}
