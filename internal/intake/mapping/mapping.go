// Package mapping turns the names that tools give to probes, plugins and categories into proposed
// facts of the bar, by tables and never by guess.
//
// Job: Lookup. Input: a tool and a name; the tables beside this file (TOOL.csv), each row with its
// own edition and source. Output: proposals, or nothing for a name that no row covers; Refused says
// that material under the name is never accepted.
//
// A row covers its name and whatever continues it after a dot, colon or slash; the longest row wins.
// A row named * covers what no other row does.
package mapping

import (
	"embed"
	"encoding/csv"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"
)

//go:embed *.csv
var tables embed.FS

// A Proposal is one fact that a name suggests. It is a suggestion: a person or a measurement
// confirms it.
type Proposal struct {
	Point  string `json:"point"`  // decision point of the bar
	Value  string `json:"value"`  // one of its values
	Source string `json:"source"` // table, row and edition that say so
}

// Entry is one row of a table.
type Entry struct {
	Name     string // covers this name and what continues it
	Type     string // value of the decision point "type", or ""
	Category string // value of "content_category", or ""
	Refused  bool   // material that is never accepted
	Edition  string // version of the tool's list in which the name stands
	Note     string // why, in a few words
}

// columns is the header of every table.
var columns = []string{"name", "type", "content_category", "refused", "edition", "note"}

// load reads all tables once. They are part of the program, so a damaged one is a programming
// error, which the tests find.
var load = sync.OnceValues(func() (map[string]map[string]Entry, error) {
	files, err := tables.ReadDir(".")
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]Entry{}
	for _, f := range files {
		table, err := read(f.Name())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		all[strings.TrimSuffix(f.Name(), path.Ext(f.Name()))] = table
	}
	return all, nil
})

func read(name string) (map[string]Entry, error) {
	f, err := tables.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	r.FieldsPerRecord = len(columns)
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || strings.Join(rows[0], ",") != strings.Join(columns, ",") {
		return nil, fmt.Errorf("header; want %s", strings.Join(columns, ","))
	}
	table := map[string]Entry{}
	for _, row := range rows[1:] {
		e := Entry{row[0], row[1], row[2], row[3] == "yes", row[4], row[5]}
		if _, twice := table[e.Name]; twice {
			return nil, fmt.Errorf("row %q stands twice", e.Name)
		}
		table[e.Name] = e
	}
	return table, nil
}

func all() map[string]map[string]Entry {
	tables, err := load()
	if err != nil {
		panic("mapping: " + err.Error())
	}
	return tables
}

// Lookup returns the row of the tool's table that covers name, ignoring case.
func Lookup(tool, name string) (Entry, bool) {
	table := all()[tool]
	for name = strings.ToLower(name); name != ""; name = shorten(name) {
		if e, ok := table[name]; ok {
			return e, true
		}
	}
	e, ok := table["*"]
	return e, ok
}

// shorten cuts the last part off a name such as "harmful:cybercrime:malicious-code".
func shorten(name string) string {
	return name[:max(0, strings.LastIndexAny(name, ".:/"))]
}

// Propose returns the facts that the tool's table gives for name.
func Propose(tool, name string) []Proposal {
	e, ok := Lookup(tool, name)
	if !ok {
		return nil
	}
	source := fmt.Sprintf("%s.csv, %s@%s", tool, e.Name, e.Edition)
	var facts []Proposal
	if e.Type != "" {
		facts = append(facts, Proposal{"type", e.Type, source})
	}
	if e.Category != "" {
		facts = append(facts, Proposal{"content_category", e.Category, source})
	}
	return facts
}

// Refused reports whether any of the names, by the tool's table or by the words of refused.csv,
// stands for material that is never accepted.
func Refused(tool string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		e, ok := Lookup(tool, name)
		return (ok && e.Refused) || refusedWord(name)
	})
}

// maxAcronym letters or fewer are a word of their own: "csam" also stands in "basics among".
const maxAcronym = 5

// refusedWords are those of refused.csv.
var refusedWords = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(all()["refused"])) })

// refusedWord looks for the words of refused.csv: long ones anywhere among the letters, short ones as
// whole words.
func refusedWord(name string) bool {
	letters := strings.Map(lowerLetter, name)
	for _, word := range refusedWords() {
		if strings.Contains(letters, word) && (len(word) > maxAcronym || slices.Contains(words(name), word)) {
			return true
		}
	}
	return false
}

// words splits a name at what is no letter and where a capital begins a word, as in "CSAMProbe".
func words(name string) []string {
	letters := []rune(name)
	var split []rune
	for i, r := range letters {
		begins := unicode.IsUpper(r) && i > 0 &&
			(unicode.IsLower(letters[i-1]) || (unicode.IsUpper(letters[i-1]) && i+1 < len(letters) && unicode.IsLower(letters[i+1])))
		if begins || !unicode.IsLetter(r) {
			split = append(split, ' ')
		}
		split = append(split, r)
	}
	return strings.FieldsFunc(strings.ToLower(string(split)), func(r rune) bool { return !unicode.IsLetter(r) })
}

// lowerLetter keeps the letters of a name, for strings.Map.
func lowerLetter(r rune) rune {
	if !unicode.IsLetter(r) {
		return -1
	}
	return unicode.ToLower(r)
}
