package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"bugbar/bar"
	"bugbar/internal/casebook"
	"bugbar/internal/intake"
	"bugbar/internal/triage"
)

// keeper opens a case of what is triaged or imported. A nil keeper keeps nothing.
type keeper struct {
	book *casebook.Book
	as   asFlag
	name string // of the casebook
}

// keeper opens the casebook that is asked for; nil where none is. Who acts has to be known there.
func (f keeping) keeper(a *app, by string) (*keeper, error) {
	if f.Casebook == "" {
		return nil, nil
	}
	book, err := f.flag().openKept(a.ctx)
	if err != nil {
		return nil, err
	}
	k := &keeper{book, asFlag{cmp.Or(by, os.Getenv("BUGBAR_BY"), os.Getenv("USER"))}, f.Casebook}
	if _, err := k.as.actor(a.ctx, book); err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return k, nil
}

func (k *keeper) close() error {
	if k == nil {
		return nil
	}
	return k.book.Close()
}

// bar is that of the casebook, or the one that is named where nothing is kept.
func (k *keeper) bar(a *app, named barFlag) (*bar.Bar, error) {
	if k == nil {
		return named.load()
	}
	return k.book.CurrentBar(a.ctx)
}

// open opens a case of a triaged report; nil where nothing is kept.
func (k *keeper) open(a *app, b *bar.Bar, r *triage.Report, record *triage.Record) (*triage.Opened, error) {
	if k == nil {
		return nil, nil
	}
	w, err := k.as.claims(a.ctx, k.book, "triage")
	if err != nil {
		return nil, err
	}
	opened, err := triage.Open(a.ctx, k.book, w, b, r, record)
	return &opened, errors.Join(err, settle(a.ctx, k.book))
}

// take takes the findings and reports of a batch over, all or none.
func (k *keeper) take(a *app, b *bar.Bar, batch *intake.Batch) (*casebook.Imported, error) {
	w, err := k.as.claims(a.ctx, k.book, "import")
	if err != nil {
		return nil, err
	}
	shown := newProgress(a)
	tell := shown.counting("entries prepared")
	change, err := k.book.Import(a.ctx, w, batch, b, func(done, _ int) { tell(int64(done)) })
	shown.clear()
	if errors.Is(err, context.Canceled) {
		return nil, fmt.Errorf("the import was interrupted, and no case was opened or changed: %w", err)
	}
	return change, errors.Join(err, settle(a.ctx, k.book))
}

// refused counts a report of material that is never accepted.
func (k *keeper) refused(a *app, b *bar.Bar, err error) error {
	if k == nil || exitCode(err) != exitNotAccepted {
		return err
	}
	w, claimErr := k.as.claims(a.ctx, k.book, "triage")
	if claimErr != nil {
		return errors.Join(err, claimErr)
	}
	return errors.Join(err, triage.Refuse(a.ctx, k.book, w, b))
}

// opened says which case a report has become, and which earlier ones may say the same.
func (p *page) opened(k *keeper, o *triage.Opened) {
	if o == nil {
		return
	}
	p.heading("Case")
	p.paragraph(2, fmt.Sprintf("%s is open in %s.", o.Case.ID, k.name))
	for _, d := range o.Case.Pending {
		p.paragraph(2, fmt.Sprintf("It may say the same as %s (%s, score %.2f).", d.Case, d.Relation, d.Score))
	}
}
