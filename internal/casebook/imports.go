package casebook

import (
	"context"
	"slices"
	"strings"

	"bugbar/bar"
	"bugbar/internal/fault"
	"bugbar/internal/findings"
	"bugbar/internal/intake"
	"bugbar/internal/intake/mapping"
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
	Report  string      `json:"report,omitempty"`
}

// importing is one import while it is carried out.
type importing struct {
	book    *Book
	w       Write
	rules   *bar.Bar
	before  map[string]scanned // by ID of the entry
	done    int
	total   int
	tell    func(done, total int)
	refused int
}

// Import takes the findings and reports of a batch over. One case is opened for each that is new and shows a
// success; what is known already gets its newer trials, and nothing that a person decided is touched. Every entry
// is written in one step with what is known of it, so that an import that was interrupted can be repeated. tell is
// told how far it has come; it may be nil.
func (b *Book) Import(ctx context.Context, w Write, batch *intake.Batch, rules *bar.Bar, tell func(done, total int)) (*Imported, error) {
	if err := b.May(w.Actor, Import, nil); err != nil {
		return nil, err
	}
	known, before, err := b.scanned(ctx, batch)
	if err != nil {
		return nil, err
	}
	change := findings.Known(known).Merge(batch)
	if n := len(change.Appeared); n > MaxImport {
		return nil, fault.New(fault.Invalid, "%d cases would be opened, and at most %d are at once", n, MaxImport).Do("raise the threshold, or import fewer files at a time")
	}
	i := &importing{book: b, w: w, rules: rules, before: before, tell: tell, refused: batch.Totals[intake.NotAccepted]}
	if i.tell == nil {
		i.tell = func(int, int) {}
	}
	return i.all(ctx, change)
}

func (i *importing) all(ctx context.Context, c *findings.Change) (*Imported, error) {
	result := &Imported{Same: c.Same, Untried: i.names(c.Untried), Refused: i.refused}
	lists := []struct {
		entries []*findings.Entry
		to      *[]ImportedEntry
		back    bool
	}{{c.Appeared, &result.Appeared, false}, {c.CameBack, &result.CameBack, true}, {c.Updated, &result.Updated, false}, {c.Vanished, &result.Vanished, false}, {c.Resisted, &result.Resisted, false}}
	for _, l := range lists {
		i.total += len(l.entries)
	}
	for _, l := range lists {
		*l.to = []ImportedEntry{}
		for _, e := range l.entries {
			id, err := i.take(ctx, e, l.back)
			if err != nil {
				return nil, err
			}
			i.done++
			i.tell(i.done, i.total)
			*l.to = append(*l.to, entryOf(e, id))
		}
	}
	return result, nil
}

func (i *importing) names(entries []*findings.Entry) []ImportedEntry {
	all := []ImportedEntry{}
	for _, e := range entries {
		all = append(all, entryOf(e, 0))
	}
	return all
}

func entryOf(e *findings.Entry, id ID) ImportedEntry {
	if e.Finding != nil {
		return ImportedEntry{Case: id, Finding: &e.Finding.Key}
	}
	return ImportedEntry{Case: id, Report: e.Report.Title}
}

// take carries one entry over, and returns its case as far as the importer may see it.
func (i *importing) take(ctx context.Context, e *findings.Entry, back bool) (ID, error) {
	known := i.before[e.ID()]
	switch {
	case known.of != 0:
		return i.update(ctx, e, known.of, back)
	case e.Seen:
		return i.open(ctx, e)
	}
	return 0, i.book.db.Commit(ctx, i.remember(e, 0)...)
}

// open opens a case of an entry.
func (i *importing) open(ctx context.Context, e *findings.Entry) (ID, error) {
	s := submissionOf(i.rules, e)
	s.with = func(id ID) []sqldb.Stmt { return i.remember(e, id) }
	by := i.w
	by.Key, by.Request = "", "" // they belong to the import as a whole
	if by.Actor.system || by.Actor.ID != 0 {
		receipt, _, err := i.book.Submit(ctx, by, s)
		return receipt.ID, err
	}
	return 0, fault.New(fault.Forbidden, "an import needs an account")
}

// update records newer trials of a case. It happens whether or not the importer may see the case.
func (i *importing) update(ctx context.Context, e *findings.Entry, id ID, back bool) (ID, error) {
	c, err := i.book.load(ctx, id)
	if err != nil {
		return 0, err
	}
	by := Write{Actor: i.w.Actor}
	shown := id
	if i.book.May(by.Actor, ReadCase, c) != nil {
		by.Actor, shown = SystemActor, 0
	}
	changed := false
	_, err = i.book.change(ctx, by, id, func(ed *edit) error {
		ed.stmts = append(ed.stmts, i.remember(e, id)...)
		if err := ed.newer(e, back); err != nil {
			return err
		}
		changed = len(ed.events) > 0
		return nil
	})
	if err == nil && !changed {
		err = i.book.db.Commit(ctx, i.remember(e, id)...)
	}
	return shown, err
}

// newer records what a newer run saw. What came back after a fix is looked at again; what a person judged to be no
// weakness stays so.
func (e *edit) newer(entry *findings.Entry, back bool) error {
	if entry.Finding == nil {
		return e.note("A newer import has other words for this report:\n\n" + shorten(entry.Report.Text, MaxMessage/2))
	}
	trials := trialsOf(*entry.Finding)
	if have := e.c.Findings[0].Trials; have == nil || !have.equal(trials) {
		if err := e.record(TrialsUpdated{Trials: trials}); err != nil {
			return err
		}
	}
	if !back {
		return nil
	}
	if err := e.note("An attack that no longer worked works again, as a newer scan saw."); err != nil {
		return err
	}
	state, _ := e.book.process.State(e.c.State)
	step := Step{To: "triaging", Reason: "A scan saw the attack work again after the fix."}
	m, err := e.book.findMove(SystemActor, e.c, step)
	ended := state.Stage == "approved" || state.ID == "closed"
	if err != nil || !ended || e.c.Plan.Fix == "" {
		return nil // nothing was mended, or somebody works on it
	}
	return e.move(m, step)
}

// note writes a note of the casebook's own for the team.
func (e *edit) note(text string) error {
	if err := e.record(MessageAdded{Visibility: ToTeam, Text: digestOf(text)}); err != nil {
		return err
	}
	e.write(insertText, int64(e.c.ID), e.c.Version, ToTeam, text)
	return nil
}

func (t Trials) equal(u Trials) bool {
	attempts := func(t Trials) int {
		if t.Attempts == nil {
			return -1
		}
		return *t.Attempts
	}
	return attempts(t) == attempts(u) && t.Successes == u.Successes && t.Errors == u.Errors && t.Unjudged == u.Unjudged && t.Judge == u.Judge
}

func trialsOf(f intake.Finding) Trials {
	t := Trials{Successes: f.Successes, Errors: f.Errors, Unjudged: f.Unjudged, Judge: f.Judge}
	if n, known := f.Trials(); known {
		t.Attempts = &n
	}
	return t
}

// submissionOf is an entry as a report.
func submissionOf(rules *bar.Bar, e *findings.Entry) Submission {
	s := Submission{Source: "scan", Key: digestOf(e.ID()), Bar: rules}
	if r := e.Report; r != nil {
		s.Source, s.Text = "import", r.Text
		s.Title, s.Product, s.Model = shorten(r.Title, MaxTitle), shorten(r.Product, MaxName), shorten(r.Model, MaxName)
		s.Refs = slices.Clone(r.Aliases[:min(len(r.Aliases), MaxRefs)])
		s.Findings = []Finding{{Facts: mapping.Facts(rules, r.Proposed)}}
		if strings.TrimSpace(s.Title) == "" {
			s.Title = "(no title)"
		}
		return s
	}
	f := e.Finding
	title := f.Method
	if f.Strategy != "" {
		title += " by " + f.Strategy
	}
	trials := trialsOf(*f)
	s.Title, s.Model = shorten(title+" against "+f.Target, MaxTitle), shorten(f.Target, MaxName)
	s.Findings = []Finding{{Title: shorten(title, MaxTitle), Facts: mapping.Facts(rules, f.Proposed), Trials: &trials}}
	return s
}

// clip cuts a text to a number of characters.
func shorten(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}
