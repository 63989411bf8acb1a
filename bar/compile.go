package bar

import (
	"fmt"
	"slices"
	"strings"
)

// Path is one way through a bar's tables: a box of answers, one set for each of Bar.Points, and the
// row at its end. The paths of a bar are disjoint, and together they hold every combination.
type Path struct {
	Answers []Set
	Row     *Row
	Tables  []string // ids of the tables that it leads through
	Inputs  Set      // which of Bar.Points those tables ask, one bit each
}

// Paths returns the bar's ways from the entry to a row, in the order of its tables. The result is
// shared and must not be changed.
func (b *Bar) Paths() []Path { return b.paths }

// checkCover reports combinations of a table's inputs that no row decides, or that two do.
// The budget is what is left of maxCells for this table and those after it.
func (b *Bar) checkCover(t *Table, budget *int, report func(Problem)) {
	cells := 1
	for _, input := range t.Inputs {
		p, _ := b.Point(input)
		cells *= len(p.Values)
		if cells > *budget {
			report(Problem{File: t.file, Text: fmt.Sprintf("more than %d combinations of inputs in all tables", maxCells), Hint: "split the table"})
			*budget = 0
			return
		}
	}
	*budget -= cells
	gaps := 0
	combination := make([]int, len(t.Inputs))
	clash := map[[2]int]bool{}
	for range cells {
		deciders := t.deciders(combination)
		switch {
		case len(deciders) == 0:
			if gaps++; gaps <= 3 {
				report(Problem{File: t.file, Text: "no row decides " + b.combination(t, combination)})
			}
		case len(deciders) > 1:
			first, second := t.Rows[deciders[0]], t.Rows[deciders[1]]
			if pair := [2]int{deciders[0], deciders[1]}; !clash[pair] {
				clash[pair] = true
				report(Problem{
					File: t.file, Line: second.line,
					Text: fmt.Sprintf("the row on line %d decides %s as well", first.line, b.combination(t, combination)),
				})
			}
		}
		b.advance(t, combination)
	}
	if gaps > 3 {
		report(Problem{File: t.file, Text: fmt.Sprintf("and %d more combinations that no row decides", gaps-3)})
	}
}

func (t *Table) deciders(combination []int) []int {
	var rows []int
	for i, r := range t.Rows {
		if r.fires(combination) {
			rows = append(rows, i)
		}
	}
	return rows
}

func (r *Row) fires(combination []int) bool {
	for i, value := range combination {
		if !r.sets[i].Has(value) {
			return false
		}
	}
	return true
}

// advance steps to the next combination, the last input fastest.
func (b *Bar) advance(t *Table, combination []int) {
	for i := len(combination) - 1; i >= 0; i-- {
		p, _ := b.Point(t.Inputs[i])
		if combination[i]++; combination[i] < len(p.Values) {
			return
		}
		combination[i] = 0
	}
}

func (b *Bar) combination(t *Table, combination []int) string {
	parts := make([]string, len(combination))
	for i, v := range combination {
		p, _ := b.Point(t.Inputs[i])
		parts[i] = p.ID + "=" + p.Values[v].ID
	}
	return strings.Join(parts, " ")
}

// walker follows every row from the entry table to its end and collects the paths.
type walker struct {
	bar    *Bar
	report func(Problem)
	fired  map[*Row]bool
	paths  []Path
	steps  int
	failed bool
}

// fail reports one fault and ends the walk: ways multiply, and each would meet it again.
func (w *walker) fail(p Problem) {
	w.report(p)
	w.failed = true
}

// flatten compiles the tables to paths, and reports circles and rows that nothing leads to.
func (b *Bar) flatten(report func(Problem)) {
	entry := b.table(b.Entry)
	if entry == nil {
		err := &UnknownError{What: "entry table", Got: b.Entry, Choices: b.tableIDs()}
		report(Problem{File: "bar.yaml", Line: b.files.line("bar.yaml", "entry"), Text: err.Error(), Hint: err.Hint()})
		return
	}
	answers := make([]Set, len(b.Points))
	for i, p := range b.Points {
		answers[i] = p.All()
	}
	w := &walker{bar: b, report: report, fired: map[*Row]bool{}}
	w.follow(entry, Path{Answers: answers})
	for _, t := range b.Tables {
		for _, r := range t.Rows {
			if !w.fired[r] && !w.failed {
				report(Problem{File: t.file, Line: r.line, Text: "this row can never fire", Hint: "no way through the tables leads to it with these answers"})
			}
		}
	}
	if w.failed {
		return
	}
	b.paths = w.paths
	b.index = newIndex(b)
}

func (w *walker) follow(t *Table, soFar Path) {
	if slices.Contains(soFar.Tables, t.ID) {
		w.fail(Problem{File: t.file, Text: "the tables lead in a circle: " + strings.Join(append(soFar.Tables, t.ID), " -> ")})
		return
	}
	asked := soFar.Inputs
	for _, input := range t.Inputs {
		_, i := w.bar.Point(input)
		asked |= 1 << i
	}
	for _, r := range t.Rows {
		if w.failed {
			return
		}
		w.take(t, r, Path{
			Answers: slices.Clone(soFar.Answers), Inputs: asked,
			Tables: append(slices.Clone(soFar.Tables), t.ID),
		})
	}
}

func (w *walker) take(t *Table, r *Row, path Path) {
	if w.steps++; w.steps > maxSteps {
		w.tooMany(t)
		return
	}
	for i, input := range t.Inputs {
		_, j := w.bar.Point(input)
		if path.Answers[j] &= r.sets[i]; path.Answers[j] == 0 {
			return // an earlier table, which asked the same, leads here only for other answers
		}
	}
	w.fired[r] = true
	if r.Table != "" {
		w.follow(w.bar.table(r.Table), path)
		return
	}
	if len(w.paths) == maxPaths {
		w.tooMany(t)
		return
	}
	r.code = w.bar.outcomeIndex[r.Outcome]
	path.Row = r
	w.paths = append(w.paths, path)
}

func (w *walker) tooMany(t *Table) {
	w.fail(Problem{File: t.file, Text: fmt.Sprintf("more than %d ways through the tables", maxPaths), Hint: "let fewer tables lead to this one"})
}
