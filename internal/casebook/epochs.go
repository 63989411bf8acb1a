package casebook

import (
	"context"
	"database/sql"
	"math"
	"strconv"

	"bugbar/internal/sqldb"
)

// The index of words of PostgreSQL finds all cases with a word in no order, however few are wanted. So cases that
// follow each other by id are an epoch, sixteen epochs an age, and each case has a word for its epoch and its age: with
// them, the index is asked for the newest cases alone.

// epochCases is about how many cases make an epoch.
var epochCases = 2000

const (
	// epochWords are the words of a case, $1, for its epoch and its age.
	epochWords = `(SELECT '#' || no || ' ##' || no / 16 FROM epochs WHERE first <= $1 ORDER BY first DESC LIMIT 1)`
	// beginEpoch begins a new epoch behind the last case, where the last epoch has $1 cases.
	beginEpoch = `INSERT INTO epochs (no, first) SELECT e.no + 1, (SELECT MAX(id) + 1 FROM listing)
		FROM (SELECT no, first FROM epochs ORDER BY no DESC LIMIT 1) e WHERE (SELECT COUNT(*) FROM listing WHERE id >= e.first) >= $1`
	// epochBelow is the last epoch with cases below an id.
	epochBelow = `SELECT COALESCE((SELECT no FROM epochs WHERE first < $1 ORDER BY first DESC LIMIT 1), 0)`
)

// epochsOfAge is how many epochs make an age.
const epochsOfAge = 16

// beginEpoch begins a new epoch when it is time.
func (b *Book) beginEpoch(ctx context.Context, tx *sql.Tx) error {
	if b.db.Dialect == sqldb.SQLite {
		return nil
	}
	_, err := tx.ExecContext(ctx, beginEpoch, epochCases)
	return err
}

// newestFirst has read look for words in the newest epochs below an id, then in as many more as should hold what is
// wanted, to judge by the first, and then in all cases, until it finds as many as are wanted.
func (b *Book) newestFirst(ctx context.Context, below int64, want int, read func(span) (found int, err error)) error {
	if b.db.Dialect == sqldb.SQLite {
		_, err := read(span{})
		return err
	}
	var last int
	if err := b.db.Reader().QueryRowContext(ctx, epochBelow, below).Scan(&last); err != nil {
		return b.db.Trouble(err)
	}
	first := max(2, 8*want/counted)
	found, err := read(newest(last, first))
	if err != nil || found >= want {
		return err
	}
	if n := enough(want, found, first); n <= manyEpochs {
		if found, err = read(newest(last, n)); err != nil || found >= want {
			return err
		}
	}
	_, err = read(span{})
	return err
}

// span are epochs that follow each other: their words, or those of their ages, and the number of the first. Without
// words, it is all.
type span struct {
	words []wanted
	first int
}

// manyEpochs are so many that what is so rare may as well be looked for in all cases.
const manyEpochs = 10 * epochsOfAge

// enough is in how many epochs to look for what is wanted where some were found in a few. As much again by half allows for chance.
func enough(want, found, epochs int) int {
	if found == 0 {
		return math.MaxInt
	}
	return 3*want*epochs/(2*found) + 1
}

// newest are the words of the newest epochs up to the last one; of their ages where these are fewer.
func newest(last, n int) span {
	word, from, size := "#", max(last-n+1, 0), 1
	if n > epochsOfAge/2 {
		word, from, last, size = "##", from/epochsOfAge, last/epochsOfAge, epochsOfAge
	}
	s := span{first: from * size}
	for no := last; no >= from; no-- {
		s.words = append(s.words, wanted{word: word + strconv.Itoa(no)})
	}
	return s
}
