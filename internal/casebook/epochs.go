package casebook

import (
	"context"
	"database/sql"
	"strconv"

	"bugbar/internal/sqldb"
)

// The index of words of PostgreSQL finds all cases with a word in no order, however few are wanted. So cases that
// follow each other by id are an epoch, sixteen epochs an age, and each case has a word for its epoch and its age: with
// them, the index is asked for the newest cases alone. More than two such words at a time would make it slower than
// without.

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

// newestFirst has read look for words in the newest epochs below an id, then in the newest ages where that promises to
// be enough, and then in all cases, until it finds as many as are wanted. It gets the words of the epochs or ages; none
// for all cases.
func (b *Book) newestFirst(ctx context.Context, below int64, want int, read func(within []wanted) (found int, err error)) error {
	if b.db.Dialect == sqldb.SQLite {
		_, err := read(nil)
		return err
	}
	var last int
	if err := b.db.Reader().QueryRowContext(ctx, epochBelow, below).Scan(&last); err != nil {
		return b.db.Trouble(err)
	}
	found, err := read([]wanted{{word: "#" + strconv.Itoa(last)}, {word: "#" + strconv.Itoa(last-1)}})
	if err != nil || found >= want {
		return err
	}
	if found == 0 || found*epochsOfAge > want {
		age := last / epochsOfAge
		if found, err = read([]wanted{{word: "##" + strconv.Itoa(age)}, {word: "##" + strconv.Itoa(age-1)}}); err != nil || found >= want {
			return err
		}
	}
	_, err = read(nil)
	return err
}
