package dedupe

import (
	"cmp"
	"database/sql"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"bugbar/internal/dedupe"
)

// fts5 asks SQLite for "more like this", as it is done where full-text search is at hand: the words of
// a case with the highest TF-IDF, joined by OR and ranked by BM25.
type fts5 struct {
	dir    string
	db     *sql.DB
	tx     *sql.Tx
	insert *sql.Stmt
	words  int
	count  map[string]float64 // cases that hold a word: a table in memory, which is kinder than a query for each
	cases  float64
}

func newFTS5(words int) (Searcher, error) {
	dir, err := os.MkdirTemp("", "fts5")
	if err != nil {
		return nil, err
	}
	f := &fts5{dir: dir, words: words, count: map[string]float64{}}
	if f.db, err = sql.Open("sqlite", filepath.Join(dir, "cases.db")+"?_pragma=synchronous(off)&_pragma=journal_mode(off)&_pragma=cache_size(-1000000)&_pragma=mmap_size(4000000000)"); err != nil {
		return nil, err
	}
	f.db.SetMaxOpenConns(1)
	if _, err = f.db.Exec(`CREATE VIRTUAL TABLE cases USING fts5(text, id UNINDEXED)`); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if f.tx, err = f.db.Begin(); err == nil {
		f.insert, err = f.tx.Prepare(`INSERT INTO cases(text, id) VALUES (?, ?)`)
	}
	return f, err
}

func (f *fts5) Add(c *dedupe.Case) error {
	for w := range frequencies(plainWords(c)) {
		f.count[w]++
	}
	f.cases++
	_, err := f.insert.Exec(c.Title+"\n"+c.Text, c.ID)
	return err
}

func (f *fts5) Built() error {
	if err := errors.Join(f.insert.Close(), f.tx.Commit()); err != nil {
		return err
	}
	_, err := f.db.Exec(`INSERT INTO cases(cases) VALUES ('optimize')`)
	return err
}

func (f *fts5) Find(c *dedupe.Case) ([]string, error) {
	rows, err := f.db.Query(`SELECT id FROM cases WHERE cases MATCH ? ORDER BY rank LIMIT ?`, f.match(c), Best)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// match picks words that some case holds.
func (f *fts5) match(c *dedupe.Case) string {
	weights := map[string]float64{}
	for w, n := range frequencies(plainWords(c)) {
		if f.count[w] > 0 {
			weights[w] = n * math.Log(f.cases/f.count[w])
		}
	}
	words := heaviest(weights, f.words)
	return `"` + strings.Join(words, `" OR "`) + `"`
}

func (f *fts5) Close() error { return errors.Join(f.db.Close(), os.RemoveAll(f.dir)) }

// frequencies counts words.
func frequencies(words []string) map[string]float64 {
	count := map[string]float64{}
	for _, w := range words {
		count[w]++
	}
	return count
}

// heaviest lists the n words of most weight, or all for 0.
func heaviest(weights map[string]float64, n int) []string {
	words := make([]string, 0, len(weights))
	for w := range weights {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a, b))
	})
	if n > 0 {
		words = words[:min(n, len(words))]
	}
	return words
}
