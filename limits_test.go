package bugbar_test

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// limited are the packages whose exported limits, constants named Max..., all stand in docs/limits.md.
var limited = []string{"blob", "casebook", "intake", "outbound", "post", "work", "server/api"}

var units = map[string]int64{
	"": 1, "bytes": 1, "characters": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
	"seconds": int64(time.Second), "hours": int64(time.Hour), "days": 24 * int64(time.Hour),
}

// TestLimits holds the table of limits to the constants.
func TestLimits(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]int64{}
	for _, name := range limited {
		constants(t, name, have)
	}
	named := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| .* \\| (\\d+) ?([A-Za-z]*) \\| `([a-z]+\\.[A-Za-z]+)` \\|$").FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.ParseInt(row[1], 10, 64)
		unit, known := units[row[2]]
		if err != nil || !known {
			t.Fatalf("%s: %v", row[0], err)
		}
		named[row[3]] = true
		if value, there := have[row[3]]; !there || value != n*unit {
			t.Errorf("docs/limits.md says %s %s of %s, which is %d", row[1], row[2], row[3], value)
		}
	}
	if lines := strings.Count(string(text), "\n| "); lines != len(named)+2 {
		t.Errorf("docs/limits.md has %d rows, of which %d can be read", lines-2, len(named))
	}
	for name := range have {
		if strings.Contains(name, ".Max") && !named[name] {
			t.Errorf("docs/limits.md lacks %s", name)
		}
	}
}

// constants reads the whole-number constants of a package.
func constants(t *testing.T, name string, into map[string]int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("internal", name, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if n, exact := constant.Int64Val(constant.ToInt(number(spec.Values[0]))); exact {
				into[path.Base(name)+"."+spec.Names[0].Name] = n
			}
			return true
		})
	}
}

// number works out an expression of literals and units of time; it is unknown for anything else.
func number(e ast.Expr) constant.Value {
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.MakeFromLiteral(e.Value, e.Kind, 0)
	case *ast.SelectorExpr:
		if unit, known := map[string]time.Duration{"Second": time.Second, "Minute": time.Minute, "Hour": time.Hour}[e.Sel.Name]; known {
			return constant.MakeInt64(int64(unit))
		}
	case *ast.BinaryExpr:
		x, y := constant.ToInt(number(e.X)), constant.ToInt(number(e.Y))
		shift, exact := constant.Uint64Val(y)
		switch {
		case x.Kind() != constant.Int || !exact:
		case e.Op == token.SHL:
			return constant.Shift(x, token.SHL, uint(shift))
		case e.Op == token.MUL || e.Op == token.ADD || e.Op == token.SUB:
			return constant.BinaryOp(x, e.Op, y)
		}
	}
	return constant.MakeUnknown()
}
