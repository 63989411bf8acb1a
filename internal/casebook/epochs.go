package casebook

import (
	"context"
	"database/sql"
	"strconv"

	"bugbar/internal/sqldb"
)

// The index of words of PostgreSQL finds all cases with a word in no order, however few are wanted. So cases that
// follow each other by id are an epoch, and each case has a word for its epoch: with it, the index is asked for the
// newest cases alone.

// epochCases is about how many cases make an epoch.
var epochCases = 2000

const (
	// epochWord is the word of a case, $1, for its epoch.
	epochWord = `'#' || (SELECT no FROM epochs WHERE first <= $1 ORDER BY first DESC LIMIT 1)`
	// beginEpoch begins a new epoch behind the last case, where the last epoch has $1 cases.
	beginEpoch = `INSERT INTO epochs (no, first) SELECT e.no + 1, (SELECT MAX(id) + 1 FROM listing)
		FROM (SELECT no, first FROM epochs ORDER BY no DESC LIMIT 1) e WHERE (SELECT COUNT(*) FROM listing WHERE id >= e.first) >= $1`
	// epochBelow is the last epoch with cases below an id.
	epochBelow = `SELECT COALESCE((SELECT no FROM epochs WHERE first < $1 ORDER BY first DESC LIMIT 1), 0)`
)

// maxEpochs bounds the epochs that are asked for by their words. Of what is rarer than that, there is little in all.
const maxEpochs = 64

// beginEpoch begins a new epoch when it is time.
func (b *Book) beginEpoch(ctx context.Context, tx *sql.Tx) error {
	if b.db.Dialect == sqldb.SQLite {
		return nil
	}
	_, err := tx.ExecContext(ctx, beginEpoch, epochCases)
	return err
}

// newestFirst has read look for words in the newest epochs below an id, and in more and more of them until it
// finds as many cases as are wanted. It gets the words of the epochs; none where all cases are looked through.
func (b *Book) newestFirst(ctx context.Context, below int64, want int, read func(epochs []wanted) (found int, err error)) error {
	if b.db.Dialect == sqldb.SQLite {
		_, err := read(nil)
		return err
	}
	var last int
	if err := b.db.Reader().QueryRowContext(ctx, epochBelow, below).Scan(&last); err != nil {
		return b.db.Trouble(err)
	}
	for n := 1; ; {
		epochs := epochWords(last, n)
		found, err := read(epochs)
		if err != nil || epochs == nil || found >= want {
			return err
		}
		n = min(max(2*n*want/max(found, 1), 2*n), 16*n)
	}
}

// epochWords are the words of an epoch and those before it, n in all; none where these are all, or too many.
func epochWords(last, n int) []wanted {
	if n > min(last, maxEpochs) {
		return nil
	}
	words := make([]wanted, n)
	for i := range words {
		words[i].word = "#" + strconv.Itoa(last-i)
	}
	return words
}
