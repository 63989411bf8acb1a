package decide

import (
	"fmt"

	"cel.dev/cel-go/cel"

	"bugbar/bar"
	"bugbar/bench/cases"
)

// celEngine compiles the tables to one expression, optimised as far as CEL does that.
func celEngine(b *bar.Bar, r rows) (Engine, error) {
	program, err := celProgram(b)
	if err != nil {
		return Engine{}, fmt.Errorf("cel: %w", err)
	}
	return Engine{"cel-go, one expression", func(f cases.Facts) Decide {
		facts := map[string]any{}
		for i, v := range f.Values() {
			facts[field(b.Points[i].ID)] = v
		}
		activation, err := cel.NewActivation(facts)
		return func() (cases.Decision, error) {
			if err != nil {
				return cases.Decision{}, err
			}
			result, _, err := program.Eval(activation)
			if err != nil {
				return cases.Decision{}, err
			}
			return r.decision(result.Value())
		}
	}}, nil
}

func celProgram(b *bar.Bar) (cel.Program, error) {
	variables := make([]cel.EnvOption, len(b.Points))
	for i, p := range b.Points {
		variables[i] = cel.Variable(field(p.ID), cel.StringType)
	}
	env, err := cel.NewEnv(variables...)
	if err != nil {
		return nil, err
	}
	ast, issues := env.Compile(conditional(b))
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	return env.Program(ast, cel.EvalOptions(cel.OptOptimize))
}
