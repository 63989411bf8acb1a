package bar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// extend fills b from the bar that it layers over, and applies its overrides. The chain holds the
// bars that in turn extend b.
func (rd *reading) extend(b *Bar, find Finder, chain []string) {
	if key := firstOf(rd.files, "entry", "prefix", "points", "outcomes", "categories", "gates"); key != "" {
		rd.at("bar.yaml", key, "a bar that extends another takes its decision points and tables from it", "leave out "+key+"; overrides change single rows")
		return
	}
	base := rd.base(b, find, chain)
	if base == nil {
		return
	}
	b.Base = base
	b.inherit(base)
	for i, o := range b.Overrides {
		where := fmt.Sprintf("overrides[%d]", i)
		if slices.ContainsFunc(b.Overrides[:i], func(before Override) bool { return before.Row == o.Row }) {
			rd.at("bar.yaml", where, fmt.Sprintf("row %s is overridden twice", o.Row), "")
		} else if err := b.override(o); err != nil {
			rd.at("bar.yaml", where, err.Error(), hintOf(err))
		}
	}
}

// firstOf is the first of some keys of bar.yaml that is there.
func firstOf(files sources, keys ...string) string {
	for _, key := range keys {
		if files.line("bar.yaml", key) > 0 {
			return key
		}
	}
	return ""
}

func (rd *reading) base(b *Bar, find Finder, chain []string) *Bar {
	fail := func(text, hint string) *Bar {
		rd.at("bar.yaml", "extends", text, hint)
		return nil
	}
	switch {
	case slices.Contains(chain, b.Ref()):
		return fail("bars extend each other in a circle: "+strings.Join(append(chain, b.Ref()), " -> "), "let one of them stand by itself")
	case len(chain) == maxLayers:
		return fail(fmt.Sprintf("more than %d layers of bars", maxLayers), "")
	case find == nil:
		return fail(fmt.Sprintf("extends %q, and no place to look for it is known", b.Extends), "")
	}
	folder, err := find(b.Extends)
	if err != nil {
		return fail(fmt.Sprintf("extends %q: %v", b.Extends, err), "a shipped bar with its edition, for instance msrc-ai@2026-11, or a folder beside this one")
	}
	base, problems := read(folder, find, append(slices.Clone(chain), b.Ref()))
	if len(problems) > 0 {
		return fail(fmt.Sprintf("extends %q, which does not load: %v", b.Extends, problems[0]), "bugbar bar lint "+b.Extends)
	}
	return base
}

// inherit copies from the base what b does not say itself. Tables are copied deeply, since
// overrides change their rows.
func (b *Bar) inherit(base *Bar) {
	b.Prefix, b.Entry = base.Prefix, base.Entry
	b.Points, b.pointIndex = base.Points, base.pointIndex
	b.Outcomes, b.outcomeIndex = base.Outcomes, base.outcomeIndex
	b.Categories, b.Gates, b.Mappings = base.Categories, base.Gates, slices.Clone(base.Mappings)
	b.Sections = append(b.Sections, base.Sections...)
	b.Considerations = append(b.Considerations, base.Considerations...)
	b.Cuts = base.Cuts
	if b.Notice == nil {
		b.Notice = base.Notice
	}
	if b.Referral == nil {
		b.Referral = base.Referral
	}
	if b.Discretion == nil {
		b.Discretion = base.Discretion
	}
	for _, t := range base.Tables {
		b.Tables = append(b.Tables, t.clone())
	}
}

func (t *Table) clone() *Table {
	copied := *t
	copied.Rows = make([]*Row, len(t.Rows))
	for i, r := range t.Rows {
		row := *r
		row.When, row.Layers = maps.Clone(r.When), slices.Clone(r.Layers)
		copied.Rows[i] = &row
	}
	return &copied
}

func (b *Bar) override(o Override) error {
	row := b.Row(o.Row)
	if row == nil {
		return &UnknownError{What: "row", Got: o.Row, Choices: b.RowIDs()}
	}
	if _, ok := b.outcomeIndex[o.Outcome]; !ok {
		return &UnknownError{What: "outcome", Got: o.Outcome, Choices: b.outcomeIDs()}
	}
	layer := Layer{Bar: b.Base.origin(row).Ref(), Outcome: row.Outcome, Because: row.Because}
	row.Layers = append(row.Layers, layer)
	row.BaseOutcome, row.Outcome, row.Because = row.Outcome, o.Outcome, o.Because
	return nil
}

// origin is the bar in the chain that gives a row its outcome: the last that overrides it, or the
// one that stands by itself.
func (b *Bar) origin(r *Row) *Bar {
	for b.Base != nil && !slices.ContainsFunc(b.Overrides, func(o Override) bool { return o.Row == r.ID }) {
		b = b.Base
	}
	return b
}

// RowIDs lists the ids of the rows that have one, in the order of the tables.
func (b *Bar) RowIDs() []string { return idsOf(b.rows(), func(r *Row) string { return r.ID }) }
