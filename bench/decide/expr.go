package decide

import (
	"fmt"
	"reflect"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"bugbar/bar"
	"bugbar/bench/cases"
)

// exprEngine compiles the tables to one program, and keeps its machine from facts to facts.
func exprEngine(b *bar.Bar, r rows) (Engine, error) {
	program, err := expr.Compile(conditional(b), expr.Env(cases.Facts{}), expr.AsKind(reflect.String))
	if err != nil {
		return Engine{}, fmt.Errorf("expr: %w", err)
	}
	machine := new(vm.VM)
	return Engine{"expr-lang, one program", func(f cases.Facts) Decide {
		var env any = f
		return func() (cases.Decision, error) {
			result, err := machine.Run(program, env)
			if err != nil {
				return cases.Decision{}, err
			}
			return r.decision(result)
		}
	}}, nil
}
