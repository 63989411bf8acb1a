package main

import (
	"context"
	"slices"

	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/casebook"
)

// misspelt refuses an outcome or type that neither a bar nor a case has. Cases keep those of bars that are not here any more.
func misspelt(ctx context.Context, b *casebook.Book, by casebook.Actor, q casebook.Query) error {
	rules, err := b.CurrentBar(ctx)
	if err != nil {
		return err
	}
	check := func(what, value string, of func(*bar.Bar) []string, alone casebook.Query) error {
		if slices.Contains(of(rules), value) {
			return nil
		}
		known, err := ofAll(rules, of)
		if err != nil || slices.Contains(known, value) {
			return err
		}
		if n, err := b.Count(ctx, by, alone); err != nil || n.N > 0 {
			return err
		}
		return &bar.UnknownError{What: what, Got: value, Choices: known}
	}
	for _, v := range q.Outcomes {
		if err := check("outcome", v, outcomesOf, casebook.Query{Outcomes: []string{v}}); err != nil {
			return err
		}
	}
	for _, v := range q.Types {
		if err := check("type", v, typesOf, casebook.Query{Types: []string{v}}); err != nil {
			return err
		}
	}
	return nil
}

// ofAll are the ids that a bar has of something, and those that shipped bars have beside.
func ofAll(rules *bar.Bar, of func(*bar.Bar) []string) ([]string, error) {
	ids := of(rules)
	for _, ref := range bars.Refs() {
		shipped, err := bars.Load(ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, of(shipped)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

func outcomesOf(b *bar.Bar) []string {
	ids := []string{bar.Undetermined}
	for _, o := range b.Outcomes {
		ids = append(ids, o.ID)
	}
	return ids
}

func typesOf(b *bar.Bar) []string {
	var ids []string
	if p, _ := b.Point("type"); p != nil {
		for _, v := range p.Values {
			ids = append(ids, v.ID)
		}
	}
	return ids
}
