package bar

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Change is one difference between two bars.
type Change struct {
	// What is row, routing row, table, decision point, value, outcome, section, category, gate,
	// consideration, referral, discretion, notice, cuts, cut, mapping, or bar for a text of its own.
	What string `json:"what"`
	ID   string `json:"id"`   // empty where there is but one, or where Kind is reordered
	Kind string `json:"kind"` // added, removed, changed or reordered
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

func (c Change) String() string {
	name := strings.TrimSpace(c.What + " " + c.ID)
	switch {
	case c.Kind == "reordered":
		return fmt.Sprintf("%s: the order changed from %s to %s", name, c.From, c.To)
	case c.Kind != "changed":
		return name + " " + c.Kind
	case c.From == "" && c.To == "":
		return name + " changed in its wording"
	}
	return fmt.Sprintf("%s changed from %s to %s", name, cmp.Or(c.From, "nothing"), cmp.Or(c.To, "nothing"))
}

// Diff names everything that changed from one bar to another, but for its id and edition. Rows are
// changed when they rate otherwise, when they fire on other answers, or in their wording.
func Diff(from, to *Bar) []Change {
	var changes []Change
	add := func(more []Change) { changes = append(changes, more...) }
	add(diffOf("bar", from.headlines(), to.headlines(), func(h headline) string { return h.key }, diffHeadline))
	add(diffOf("section", from.Sections, to.Sections, func(s Section) string { return s.ID }, diffWording[Section]))
	add(diffOf("decision point", from.Points, to.Points, func(p *Point) string { return p.ID }, diffPoint))
	for _, p := range from.Points {
		if q, _ := to.Point(p.ID); q != nil {
			name := func(v Value) string { return p.ID + "=" + v.ID }
			add(diffOf("value", p.Values, q.Values, name, diffWording[Value]))
		}
	}
	add(diffOf("outcome", from.Outcomes, to.Outcomes, func(o Outcome) string { return o.ID }, diffWording[Outcome]))
	add(diffOf("table", from.Tables, to.Tables, func(t *Table) string { return t.ID }, diffTable))
	add(diffOf("row", from.placed(false), to.placed(false), placedRow.name, diffRow))
	add(diffOf("routing row", from.placed(true), to.placed(true), placedRow.name, diffRow))
	add(diffTexts(from, to))
	add(diffOf("cuts", one(from.Cuts), one(to.Cuts), func(*Cuts) string { return "" }, diffCuts))
	add(diffOf("cut", from.cutList(), to.cutList(), func(c Cut) string { return c.ID }, diffWording[Cut]))
	add(diffOf("mapping", from.Mappings, to.Mappings, Mapping.name, diffWording[Mapping]))
	return changes
}

// diffTexts compares the rules and groups of bar.yaml that stand beside the tables.
func diffTexts(from, to *Bar) []Change {
	clause := func(*Clause) string { return "" }
	return slices.Concat(
		diffOf("category", from.Categories, to.Categories, func(c Category) string { return c.ID }, diffWording[Category]),
		diffOf("gate", from.Gates, to.Gates, func(g Gate) string { return g.ID }, diffWording[Gate]),
		diffOf("consideration", from.Considerations, to.Considerations, func(c Consideration) string { return c.ID }, diffWording[Consideration]),
		diffOf("referral", one(from.Referral), one(to.Referral), clause, diffWording[*Clause]),
		diffOf("discretion", one(from.Discretion), one(to.Discretion), clause, diffWording[*Clause]),
		diffOf("notice", one(from.Notice), one(to.Notice), func(*Notice) string { return "" }, diffWording[*Notice]),
	)
}

// one is the list of what may be there once.
func one[T any](p *T) []*T {
	if p == nil {
		return nil
	}
	return []*T{p}
}

// diffOf compares two lists by id. The comparison of two of the same id returns what to show, and
// whether they differ at all.
func diffOf[T any](what string, from, to []T, id func(T) string, compare func(a, b T) (string, string, bool)) []Change {
	var changes []Change
	for _, a := range from {
		i := slices.IndexFunc(to, func(b T) bool { return id(b) == id(a) })
		if i < 0 {
			changes = append(changes, Change{What: what, ID: id(a), Kind: "removed"})
		} else if x, y, differ := compare(a, to[i]); differ {
			changes = append(changes, Change{What: what, ID: id(a), Kind: "changed", From: x, To: y})
		}
	}
	for _, b := range to {
		if !slices.ContainsFunc(from, func(a T) bool { return id(a) == id(b) }) {
			changes = append(changes, Change{What: what, ID: id(b), Kind: "added"})
		}
	}
	return append(changes, diffOrder(what, idsOf(from, id), idsOf(to, id))...)
}

// diffOrder compares the order of what both lists hold.
func diffOrder(what string, from, to []string) []Change {
	x := slices.DeleteFunc(slices.Clone(from), func(id string) bool { return !slices.Contains(to, id) })
	y := slices.DeleteFunc(slices.Clone(to), func(id string) bool { return !slices.Contains(from, id) })
	if slices.Equal(x, y) {
		return nil
	}
	return []Change{{What: what, Kind: "reordered", From: strings.Join(x, ", "), To: strings.Join(y, ", ")}}
}

func diffWording[T any](a, b T) (string, string, bool) { return "", "", !reflect.DeepEqual(a, b) }

// diffPoint compares what is asked; the values have their own lines.
func diffPoint(a, b *Point) (string, string, bool) {
	x, y := *a, *b
	x.Values, y.Values, x.lookup, y.lookup = nil, nil, lookup{}, lookup{}
	return "", "", !reflect.DeepEqual(x, y)
}

// diffTable compares what a table asks; the rows have their own lines.
func diffTable(a, b *Table) (string, string, bool) {
	x, y := strings.Join(a.Inputs, ","), strings.Join(b.Inputs, ",")
	return x, y, x != y
}

// diffCuts compares what all cuts share; each has a line of its own.
func diffCuts(a, b *Cuts) (string, string, bool) {
	x, y := *a, *b
	x.Cuts, y.Cuts = nil, nil
	return "", "", !reflect.DeepEqual(x, y)
}

// headline is a single text of bar.yaml; those with show are short enough to quote.
type headline struct {
	key, text string
	show      bool
}

func (b *Bar) headlines() []headline {
	s := b.Source
	return []headline{
		{"title", b.Title, false},
		{"summary", b.Summary, false},
		{"source", strings.Join([]string{s.Title, s.Publisher, s.Read, s.URL, s.Note}, "\x00"), false},
		{"prefix", b.Prefix, true},
		{"entry", b.Entry, true},
		{"extends", b.Extends, true},
	}
}

func diffHeadline(a, b headline) (string, string, bool) {
	if a.show {
		return a.text, b.text, a.text != b.text
	}
	return "", "", a.text != b.text
}

// placedRow is a row with the table that it stands in.
type placedRow struct {
	table string
	*Row
}

// placed lists the rows with an id, or those that only lead on.
func (b *Bar) placed(routing bool) []placedRow {
	var rows []placedRow
	for _, t := range b.Tables {
		for _, r := range t.Rows {
			if (r.ID == "") == routing {
				rows = append(rows, placedRow{t.ID, r})
			}
		}
	}
	return rows
}

// name is the row's id, or table and condition of a row that has none.
func (r placedRow) name() string {
	return cmp.Or(r.ID, r.table+": "+cmp.Or(r.Condition(), "*"))
}

func diffRow(a, b placedRow) (string, string, bool) {
	if x, y := cmp.Or(a.Outcome, a.Table), cmp.Or(b.Outcome, b.Table); x != y {
		return x, y, true
	}
	if x, y := a.Condition(), b.Condition(); x != y {
		return x, y, true
	}
	if a.table != b.table {
		return "table " + a.table, "table " + b.table, true
	}
	x, y := *a.Row, *b.Row
	x.sets, y.sets, x.code, y.code, x.line, y.line = nil, nil, 0, 0, 0, 0
	return "", "", !reflect.DeepEqual(x, y)
}

func (m Mapping) name() string {
	return fmt.Sprintf("%s=%s %s %s %s", m.Point, m.Value, m.Taxonomy, m.Edition, m.ID)
}

func (b *Bar) cutList() []Cut {
	if b.Cuts == nil {
		return nil
	}
	return b.Cuts.Cuts
}

func (b *Bar) rows() []*Row {
	var rows []*Row
	for _, t := range b.Tables {
		for _, r := range t.Rows {
			if r.ID != "" {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// Condition writes the answers that a row fires on, for instance
// "impact=data-exfiltration|privileged-action interaction=none".
func (r *Row) Condition() string {
	parts := make([]string, 0, len(r.When))
	for point, values := range r.When {
		parts = append(parts, point+"="+strings.Join(values, "|"))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}
