package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Stmt is one statement of a change. Parameters are numbered: $1, $2 ...
type Stmt struct {
	SQL  string
	Args []any
}

// S makes a statement.
func S(text string, args ...any) Stmt { return Stmt{SQL: text, Args: args} }

// Commit makes a change: all of its statements take effect, durably, or none. Where another change was
// faster, so that a key is taken, it returns an error of fault.Conflict.
func (db *DB) Commit(ctx context.Context, change ...Stmt) error {
	if db.group != nil {
		return db.Trouble(db.group.commit(ctx, change))
	}
	return db.Trouble(db.batch(ctx, change))
}

// batch sends a change to PostgreSQL in one round trip. Without a BEGIN, the statements up to the one
// Sync at their end are one transaction (PostgreSQL, "Pipelining" in the protocol's message flow).
func (db *DB) batch(ctx context.Context, change []Stmt) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		pg := driver.(*stdlib.Conn).Conn()
		if len(change) == 1 {
			_, err := pg.Exec(ctx, change[0].SQL, change[0].Args...)
			return err
		}
		b := &pgx.Batch{}
		for _, s := range change {
			b.Queue(s.SQL, s.Args...)
		}
		return pg.SendBatch(ctx, b).Close()
	})
}

// Tx runs work in a transaction that may read and write. Its error rolls everything back.
func (db *DB) Tx(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return db.Trouble(err)
	}
	if err := work(tx); err != nil {
		return db.Trouble(errors.Join(err, rollback(tx)))
	}
	return db.Trouble(tx.Commit())
}

// Snapshot runs work that reads several times and must see one state of the database.
func (db *DB) Snapshot(ctx context.Context, work func(*sql.Tx) error) error {
	level := sql.LevelDefault
	if db.Dialect == Postgres {
		level = sql.LevelRepeatableRead
	}
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{Isolation: level, ReadOnly: db.Dialect == Postgres})
	if err != nil {
		return db.Trouble(err)
	}
	return db.Trouble(errors.Join(work(tx), rollback(tx)))
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("rollback: %w", err)
	}
	return nil
}
