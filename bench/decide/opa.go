package decide

import (
	"context"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"bugbar/bar"
	"bugbar/bench/cases"
)

// regoRules gives OPA one generated rule for each way through the tables. Its rule index then picks
// the few that can match: of the forms that were tried, the fastest.
func regoRules(b *bar.Bar, r rows) (Engine, error) {
	var module strings.Builder
	module.WriteString("package bar\n")
	for _, p := range b.Paths() {
		fmt.Fprintf(&module, "row := %q if {\n%s}\n", p.Row.ID, regoBody(b, p))
	}
	return regoEngine("OPA, a generated rule per row", b, r, rego.Module("bar.rego", module.String()))
}

func regoBody(b *bar.Bar, p bar.Path) string {
	var body strings.Builder
	for i, point := range b.Points {
		if set := p.Answers[i]; set != point.All() {
			fmt.Fprintf(&body, "\tinput.%s in {%s}\n", point.ID, quoted(point.Names(set)))
		}
	}
	return body.String()
}

// overRows is a policy that reads the bar as data, as bugbar does: another bar needs no new policy.
const overRows = `package bar

row := r.row if {
	some r in data.rows
	every point, values in r.when { values[input[point]] }
}
`

// regoData gives OPA the ways through the tables as data.
func regoData(b *bar.Bar, r rows) (Engine, error) {
	var list []any
	for _, p := range b.Paths() {
		list = append(list, map[string]any{"row": p.Row.ID, "when": when(b, p)})
	}
	store := inmem.NewFromObjectWithOpts(map[string]any{"rows": list}, inmem.OptReturnASTValuesOnRead(true))
	return regoEngine("OPA, rows as data", b, r, rego.Module("bar.rego", overRows), rego.Store(store))
}

// when is what a path demands: point -> value -> true.
func when(b *bar.Bar, p bar.Path) map[string]any {
	points := map[string]any{}
	for i, point := range b.Points {
		if p.Answers[i] == point.All() {
			continue
		}
		values := map[string]any{}
		for _, v := range point.Names(p.Answers[i]) {
			values[v] = true
		}
		points[point.ID] = values
	}
	return points
}

func regoEngine(name string, b *bar.Bar, r rows, policy ...func(*rego.Rego)) (Engine, error) {
	ctx := context.Background()
	query, err := rego.New(append(policy, rego.Query("data.bar.row"))...).PrepareForEval(ctx)
	if err != nil {
		return Engine{}, fmt.Errorf("%s: %w", name, err)
	}
	return Engine{name, func(f cases.Facts) Decide {
		input, err := ast.InterfaceToValue(f.Named(b))
		return func() (cases.Decision, error) {
			if err != nil {
				return cases.Decision{}, err
			}
			results, err := query.Eval(ctx, rego.EvalParsedInput(input))
			if err != nil {
				return cases.Decision{}, err
			}
			if len(results) != 1 {
				return cases.Decision{}, errNoRow
			}
			return r.decision(results[0].Expressions[0].Value)
		}
	}}, nil
}
