package decide

import (
	"fmt"
	"slices"
	"strings"

	"bugbar/bar"
)

// conditional writes the bar's tables as one nested conditional expression, which CEL and Expr
// both read: each row is an alternative, and a row that leads to another table holds its rows.
func conditional(b *bar.Bar) string { return alternatives(b, b.Tables[0]) }

func alternatives(b *bar.Bar, t *bar.Table) string {
	text := `""`
	for _, r := range slices.Backward(t.Rows) {
		result := fmt.Sprintf("%q", r.ID)
		if r.Table != "" {
			next := slices.IndexFunc(b.Tables, func(t *bar.Table) bool { return t.ID == r.Table })
			result = "(" + alternatives(b, b.Tables[next]) + ")"
		}
		text = fmt.Sprintf("%s ? %s : %s", condition(t, r), result, text)
	}
	return text
}

func condition(t *bar.Table, r *bar.Row) string {
	var all []string
	for _, input := range t.Inputs {
		switch values := r.When[input]; len(values) {
		case 0:
		case 1:
			all = append(all, fmt.Sprintf("%s == %q", field(input), values[0]))
		default:
			all = append(all, fmt.Sprintf("%s in [%s]", field(input), quoted(values)))
		}
	}
	if len(all) == 0 {
		return "true"
	}
	return strings.Join(all, " && ")
}

func quoted(values []string) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(list, ", ")
}

// field is the name of the field of cases.Facts that answers a decision point: "service_stage" is
// ServiceStage. The ids themselves will not do, because "type" is a function in both languages.
func field(point string) string {
	var name strings.Builder
	for word := range strings.SplitSeq(point, "_") {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return name.String()
}
