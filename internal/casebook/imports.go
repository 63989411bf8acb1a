package casebook

import (
	"context"
	"errors"
	"maps"
	"slices"

	"bugbar/bar"
	"bugbar/internal/fault"
	"bugbar/internal/findings"
	"bugbar/internal/intake"
	"bugbar/internal/sqldb"
)

// MaxImport bounds the cases that one import opens.
const MaxImport = 2000

// Imported says what an import did. An entry of which a case was opened names it, unless the importer may not see it.
type Imported struct {
	Appeared []ImportedEntry `json:"appeared"` // new with a success: a case was opened
	CameBack []ImportedEntry `json:"came_back"`
	Resisted []ImportedEntry `json:"resisted"` // new, and no attempt succeeded: no case
	Updated  []ImportedEntry `json:"updated"`
	Vanished []ImportedEntry `json:"disappeared"` // tried again without a success: evidence, not a fix
	Untried  []ImportedEntry `json:"untried"`
	Same     int             `json:"same"`
	Refused  int             `json:"refused"` // on material that is never accepted
}

// ImportedEntry is a finding or report of an import.
type ImportedEntry struct {
	Case    ID          `json:"case,omitempty"`
	Finding *intake.Key `json:"finding,omitempty"`
	Trials  *Trials     `json:"trials,omitempty"` // of the finding, in this import
	Report  string      `json:"report,omitempty"`
}

// importing is one import while it is planned.
type importing struct {
	*Book
	ctx     context.Context
	by      Actor
	rules   *bar.Bar
	latest  map[string]*findings.Entry // what is known after the import, by ID of the entry
	before  map[string]scanned
	changes map[ID]*edit // by case
	stmts   []sqldb.Stmt
	tell    func(done, total int)
}

// Import takes the findings and reports of a batch over. One case is opened for each that is new and shows a
// success; what is known already gets its newer trials, and nothing that a person decided is touched. All of it is
// written in one step, or nothing, also where ctx ends: then the error is that of ctx. Where somebody else was faster at
// one of the cases, the import is planned again with the casebook as it is now. tell is told how far the plan has
// come; it may be nil. The same batch twice changes nothing, so an import needs no key of w.
func (b *Book) Import(ctx context.Context, w Write, batch *intake.Batch, rules *bar.Bar, tell func(done, total int)) (*Imported, error) {
	if err := b.May(w.Actor, Import, nil); err != nil {
		return nil, err
	}
	if tell == nil {
		tell = func(int, int) {}
	}
	for attempt := 1; ; attempt++ {
		if attempt == 2 {
			defer b.lane(0)()
		}
		i := &importing{Book: b, ctx: ctx, by: w.Actor, rules: rules, changes: map[ID]*edit{}, tell: tell}
		result, err := i.try(batch)
		if !fault.Is(err, fault.Conflict) || attempt == attempts || errors.Is(err, errRefused) {
			return result, err
		}
	}
}

func (i *importing) try(batch *intake.Batch) (*Imported, error) {
	var err error
	if i.latest, i.before, err = i.scanned(i.ctx, batch); err != nil {
		return nil, err
	}
	change := findings.Known(i.latest).Merge(batch)
	if n := len(change.Appeared); n > MaxImport {
		return nil, fault.New(fault.Invalid, "%d cases would be opened, and at most %d are at once", n, MaxImport).Do("raise the threshold, or import fewer files at a time")
	}
	result, err := i.plan(change)
	if err != nil {
		return nil, err
	}
	result.Refused = batch.Totals[intake.NotAccepted]
	return result, i.commit()
}

// plan prepares all changes and says what they come to.
func (i *importing) plan(c *findings.Change) (*Imported, error) {
	result := &Imported{Same: c.Same, Untried: []ImportedEntry{}}
	for _, e := range c.Untried {
		result.Untried = append(result.Untried, entryOf(e, 0))
	}
	lists := []struct {
		entries []*findings.Entry
		to      *[]ImportedEntry
		back    bool
	}{{c.Appeared, &result.Appeared, false}, {c.CameBack, &result.CameBack, true}, {c.Updated, &result.Updated, false}, {c.Vanished, &result.Vanished, false}, {c.Resisted, &result.Resisted, false}}
	done, total := 0, 0
	for _, l := range lists {
		total += len(l.entries)
	}
	for _, l := range lists {
		*l.to = []ImportedEntry{}
		for _, e := range l.entries {
			id, err := i.take(e, l.back)
			if err != nil {
				return nil, err
			}
			done++
			i.tell(done, total)
			*l.to = append(*l.to, entryOf(e, id))
		}
	}
	return result, nil
}

func entryOf(e *findings.Entry, id ID) ImportedEntry {
	if e.Finding != nil {
		trials := trialsOf(*e.Finding)
		return ImportedEntry{Case: id, Finding: &e.Finding.Key, Trials: &trials}
	}
	return ImportedEntry{Case: id, Report: e.Report.Title}
}

// take plans what becomes of one entry, and returns its case as far as the importer may see it.
func (i *importing) take(e *findings.Entry, back bool) (shown ID, err error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	known := i.before[e.ID()]
	switch {
	case known.of != 0:
		shown, err = i.update(e, known.of, back)
	case e.Seen:
		shown, err = i.open(e)
		known.of = shown
		i.before[e.ID()] = known // the same report may stand in the batch with other words
	}
	if err == nil && i.latest[e.ID()] == e {
		i.stmts = append(i.stmts, remember(e, known)...)
	}
	return shown, err
}

// open opens a case of an entry.
func (i *importing) open(e *findings.Entry) (ID, error) {
	s := submissionOf(i.rules, e)
	if err := i.admit(i.ctx, i.by, &s); err != nil {
		return 0, err
	}
	opened, receipt, err := i.opening(i.ctx, i.by, s)
	if err != nil {
		return 0, err
	}
	i.changes[receipt.ID] = opened
	return receipt.ID, nil
}

// update records newer trials of a case. It happens whether or not the importer may see the case.
func (i *importing) update(e *findings.Entry, id ID, back bool) (ID, error) {
	change, err := i.changeOf(id)
	if err != nil {
		return 0, err
	}
	if change.actor.system && !i.by.system {
		id = 0
	}
	return id, change.newer(e, back)
}

// changeOf is the change of a case in this import: the same for all entries that are about the case.
func (i *importing) changeOf(id ID) (*edit, error) {
	if e := i.changes[id]; e != nil {
		return e, nil
	}
	c, err := i.load(i.ctx, id)
	if err != nil {
		return nil, err
	}
	e := &edit{book: i.Book, ctx: i.ctx, actor: i.by, now: i.now(), old: *c, c: c}
	if i.May(i.by, ReadCase, c) != nil {
		e.actor = SystemActor
	}
	i.changes[id] = e
	return e, nil
}

// commit writes the whole import in one step, which nothing interrupts any more.
func (i *importing) commit() error {
	all := i.stmts
	for _, id := range slices.Sorted(maps.Keys(i.changes)) {
		e := i.changes[id]
		if len(e.events) == 0 {
			continue // nothing is new of the case
		}
		if err := e.clocks(); err != nil {
			return err
		}
		change, err := e.statements()
		if err != nil {
			return err
		}
		all = append(all, change...)
	}
	if err := i.ctx.Err(); len(all) == 0 || err != nil {
		return err
	}
	if err := i.db.Commit(context.WithoutCancel(i.ctx), all...); err != nil {
		return err
	}
	i.stir()
	return nil
}
