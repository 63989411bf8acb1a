package findings

import (
	"slices"

	"bugbar/internal/intake"
)

// A Change says what an import did, each list in the order of the file.
type Change struct {
	Appeared []*Entry // new with a success, or a new report
	CameBack []*Entry // succeeded again after a run in which it had not
	Resisted []*Entry // new, and no attempt succeeded
	Updated  []*Entry // newer trials or words, otherwise as before
	Vanished []*Entry // tried again without a success: evidence, not a fix
	Untried  []*Entry // of the same tool and target, but the run did not try it
	Same     int      // entries that were imported before as they are
}

// Empty reports whether the import changed nothing.
func (c *Change) Empty() bool {
	return len(c.Appeared)+len(c.CameBack)+len(c.Resisted)+len(c.Updated)+len(c.Vanished) == 0
}

// scope is what a run of a tool is about.
type scope struct{ tool, target string }

// Merge takes a batch over. What was imported before, in whatever order, changes nothing; a newer state
// replaces trials and words, never a decision.
func (s *Store) Merge(b *intake.Batch) *Change {
	change := &Change{}
	tried := map[string]bool{}
	fresh := map[scope]bool{} // runs that say anything new
	runs := map[string]string{}
	for _, f := range b.Files {
		runs[f.Name] = f.Run
	}
	for i := range b.Findings {
		e := &Entry{Finding: &b.Findings[i], Seen: b.Findings[i].Successes > 0}
		tried[e.ID()] = true
		if s.take(e, e.fingerprints(runs), change) {
			fresh[scope{e.Finding.Tool, e.Finding.Target}] = true
		}
	}
	for i := range b.Reports {
		e := &Entry{Report: &b.Reports[i], Seen: true}
		s.take(e, e.fingerprints(nil), change)
	}
	s.untried(tried, fresh, change)
	for _, list := range []*[]*Entry{&change.Appeared, &change.CameBack, &change.Resisted, &change.Updated, &change.Vanished} {
		slices.SortStableFunc(*list, byID)
	}
	return change
}

func byID(a, b *Entry) int {
	switch {
	case a.ID() < b.ID():
		return -1
	case a.ID() > b.ID():
		return 1
	}
	return 0
}

// take merges one entry and reports whether it rests on anything new.
func (s *Store) take(e *Entry, prints []string, change *Change) bool {
	before, known := s.entries[e.ID()]
	if known {
		prints = slices.DeleteFunc(prints, func(p string) bool { return slices.Contains(before.Prints, p) })
	}
	if known && len(prints) == 0 {
		change.Same++
		return false
	}
	e.Prints = prints
	list := &change.Updated
	switch {
	case !known && !e.Seen:
		list = &change.Resisted
	case !known && e.Seen:
		list = &change.Appeared
	case known && e.Seen && !before.Seen && before.succeededEver():
		list = &change.CameBack
	case known && e.Seen && !before.Seen:
		list = &change.Appeared
	case known && !e.Seen && before.Seen:
		list = &change.Vanished
	}
	if known {
		e.Prints = slices.Concat(before.Prints, prints)
		e.Decision = before.Decision
		e.Ever = before.succeededEver() || e.Seen
	} else {
		e.Ever = e.Seen
	}
	s.entries[e.ID()] = e
	*list = append(*list, e)
	return true
}

func (e *Entry) succeededEver() bool { return e.Ever || e.Seen }

// untried lists what earlier runs of the same tool on the same target found and this one did not try.
func (s *Store) untried(tried map[string]bool, fresh map[scope]bool, change *Change) {
	for _, e := range s.Entries() {
		if e.Finding != nil && e.Seen && !tried[e.ID()] && fresh[scope{e.Finding.Tool, e.Finding.Target}] {
			change.Untried = append(change.Untried, e)
		}
	}
}
