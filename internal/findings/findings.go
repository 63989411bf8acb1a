// Package findings keeps what was imported in a file, until a casebook takes it over.
//
// Job: hold findings and reports across imports, say what an import changed, and never touch what a
// person decided. Input: intake.Batch. Output: a Change, and the file: JSON Lines, one Entry per line,
// sorted by identity, so that two imports of the same input leave the same bytes.
// Limits: the file is read whole; it is replaced in one step when it is saved, or not at all. A lock
// file stands beside it.
//
// A finding that a later run does not confirm is not fixed: no success in n new attempts is evidence
// with an upper bound, and a method that was not tried says nothing. Only a person closes an entry.
package findings

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/lockedfile"

	"bugbar/internal/intake"
)

// An Entry is one finding or one report, and what became of it.
type Entry struct {
	Finding  *intake.Finding `json:"finding,omitempty"`
	Report   *intake.Report  `json:"report,omitempty"`
	Seen     bool            `json:"seen"`               // a success stood in the latest run that tried it
	Ever     bool            `json:"ever"`               // a success stood in any run
	Prints   []string        `json:"prints"`             // fingerprints of every run and claim imported, the latest last
	Decision json.RawMessage `json:"decision,omitempty"` // a person's; kept as it is, whatever it holds
}

// Store is the file in memory.
type Store struct {
	path    string
	mode    fs.FileMode
	entries map[string]*Entry
}

// A FileError is a findings file that cannot be used. It is never replaced, since what a person
// decided must not get lost.
type FileError struct{ text, hint string }

func (e *FileError) Error() string { return e.text }

// Hint says what would do.
func (e *FileError) Hint() string { return e.hint }

// Import takes a batch over into the file at path and says what changed. Imports into one file at a
// time wait for each other. One that changes nothing needs no right to write.
func Import(path string, b *intake.Batch) (*Change, error) {
	unlock, err := lockedfile.MutexAt(path + ".lock").Lock()
	if err != nil {
		if change := unchanged(path, b); change != nil {
			return change, nil
		}
		return nil, fmt.Errorf("%s cannot be locked: %w", path, err)
	}
	defer unlock()
	s, err := Open(path)
	if err != nil {
		return nil, err
	}
	change := s.Merge(b)
	if change.Empty() {
		return change, nil
	}
	if err := s.Save(); err != nil {
		return nil, fmt.Errorf("%s stays as it was: %w", path, err)
	}
	return change, nil
}

// Known is a store of entries that are kept elsewhere, each under its ID, for merging. It has no file and cannot
// be saved.
func Known(entries map[string]*Entry) *Store { return &Store{entries: entries} }

// unchanged is what an import without a lock may say: that a file which can be read holds the batch
// already. It is nil otherwise. The file is only ever replaced whole, so it can be read at any time.
func unchanged(path string, b *intake.Batch) *Change {
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	s, err := Open(path)
	if err != nil {
		return nil
	}
	if change := s.Merge(b); change.Empty() {
		return change
	}
	return nil
}

// Open reads the file at path; one that does not exist is an empty store. One that is damaged is a
// *FileError.
func Open(path string) (*Store, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays a link when the file is replaced
	}
	s := &Store{path: path, mode: 0o600, entries: map[string]*Entry{}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &FileError{path + " is no regular file", "name a file, such as findings.jsonl"}
	}
	s.mode = info.Mode().Perm()
	return s, s.read(f)
}

func (s *Store) read(f io.Reader) error {
	const restore = "restore the file from a copy"
	in := json.NewDecoder(f)
	for number := 1; ; number++ {
		var e Entry
		switch err := in.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return &FileError{fmt.Sprintf("%s: entry %d: %v", s.path, number, err), restore}
		case (e.Finding == nil) == (e.Report == nil):
			return &FileError{fmt.Sprintf("%s: entry %d: neither a finding nor a report", s.path, number), restore}
		}
		s.entries[e.ID()] = &e
	}
}

// Entries lists the entries in the order of the file.
func (s *Store) Entries() []*Entry {
	all := make([]*Entry, 0, len(s.entries))
	for _, e := range s.entries {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Entry) int { return cmp.Compare(a.ID(), b.ID()) })
	return all
}

// Save replaces the file in one step. Until it returns nil the old file stands.
func (s *Store) Save() (err error) {
	f, err := os.CreateTemp(filepath.Dir(s.path), ".findings-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := f.Chmod(s.mode); err != nil {
		return err
	}
	out := json.NewEncoder(f)
	for _, e := range s.Entries() {
		if err := out.Encode(e); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.path)
}

// ID is what makes two entries the same: the key of a finding with its basis and threshold, the
// sender's id of a report or else its words.
func (e *Entry) ID() string {
	if e.Finding != nil {
		return "finding " + text(e.Finding.Key) + " " + string(e.Finding.Basis) + " " + text(e.Finding.Threshold)
	}
	if e.Report.ID != "" {
		return "report " + e.Report.Format + " " + e.Report.ID
	}
	return "report " + e.Report.Format + " " + digest(e.Report.Title, e.Report.Text)
}

// fingerprints tell what an entry rests on: one for each run and claim of a finding, one for a report.
// A run is known by the tool's id of it, if runs holds one for its file, and by the places of its
// attempts. File names do not count: a file that was moved says the same as before.
func (e *Entry) fingerprints(runs map[string]string) []string {
	if e.Report != nil {
		r := *e.Report
		r.File, r.At = "", 0
		return []string{digest(r)}
	}
	var files []string
	places := map[string][][3]int{}
	for ref := range e.Finding.Refs.All() {
		if _, known := places[ref.File]; !known {
			files = append(files, ref.File)
		}
		places[ref.File] = append(places[ref.File], [3]int{ref.At, int(ref.Outcome), ref.Count})
	}
	var prints []string
	for _, file := range files {
		prints = append(prints, digest(runs[file], places[file]))
	}
	for _, claim := range e.Finding.Claims {
		prints = append(prints, digest(claim))
	}
	return prints
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("findings: " + err.Error()) // the values are our own, without channels or NaN
	}
	return string(b)
}

func digest(v ...any) string {
	sum := sha256.Sum256([]byte(text(v)))
	return hex.EncodeToString(sum[:8])
}
