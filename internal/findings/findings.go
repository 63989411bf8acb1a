// Package findings keeps what was imported in a file, until a casebook takes it over.
//
// Job: hold findings and reports across imports, say what an import changed, and never touch what a
// person decided. Input: intake.Batch. Output: a Change, and the file: JSON Lines, one Entry per line,
// sorted by identity, so that two imports of the same input leave the same bytes.
// Limits: the file is read whole; it is replaced in one step when it is saved, or not at all.
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

	"bugbar/internal/intake"
)

// An Entry is one finding or one report, and what became of it.
type Entry struct {
	Finding  *intake.Finding `json:"finding,omitempty"`
	Report   *intake.Report  `json:"report,omitempty"`
	Seen     bool            `json:"seen"`               // a success stood in the latest run that tried it
	Ever     bool            `json:"ever"`               // a success stood in any run
	Prints   []string        `json:"prints"`             // fingerprints of every state imported, the latest last
	Decision json.RawMessage `json:"decision,omitempty"` // a person's; kept as it is, whatever it holds
}

// Store is the file in memory.
type Store struct {
	path    string
	entries map[string]*Entry
}

// Open reads the file at path; one that does not exist is an empty store. A damaged file is an error,
// since what a person decided must not get lost.
func Open(path string) (*Store, error) {
	s := &Store{path: path, entries: map[string]*Entry{}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := json.NewDecoder(f)
	for number := 1; ; number++ {
		var e Entry
		switch err := in.Decode(&e); {
		case errors.Is(err, io.EOF):
			return s, nil
		case err != nil:
			return nil, fmt.Errorf("%s: entry %d: %w; restore the file from a copy", path, number, err)
		case (e.Finding == nil) == (e.Report == nil):
			return nil, fmt.Errorf("%s: entry %d: want a finding or a report", path, number)
		}
		s.entries[e.id()] = &e
	}
}

// Entries lists the entries in the order of the file.
func (s *Store) Entries() []*Entry {
	all := make([]*Entry, 0, len(s.entries))
	for _, e := range s.entries {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Entry) int { return cmp.Compare(a.id(), b.id()) })
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

// id is what makes two entries the same: the key of a finding with its basis, the sender's id of a
// report or else its words.
func (e *Entry) id() string {
	if e.Finding != nil {
		return "finding " + text(e.Finding.Key) + " " + string(e.Finding.Basis)
	}
	if e.Report.ID != "" {
		return "report " + e.Report.Format + " " + e.Report.ID
	}
	return "report " + e.Report.Format + " " + digest(e.Report.Title, e.Report.Text)
}

// fingerprint tells states of an entry apart. File names do not count: a file that was moved says the
// same as before.
func (e *Entry) fingerprint() string {
	if e.Report != nil {
		r := *e.Report
		r.File, r.At = "", 0
		return digest(r)
	}
	var places []any
	for ref := range e.Finding.Refs.All() {
		places = append(places, [...]int{ref.At, int(ref.Outcome), ref.Count})
	}
	return digest(e.Finding.Threshold, places, e.Finding.Claims)
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
