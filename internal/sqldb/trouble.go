package sqldb

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bugbar/internal/fault"
)

// Trouble gives what a driver says one of the fault codes; errors that have one stay as they are.
func (db *DB) Trouble(err error) error {
	if err == nil {
		return nil
	}
	if _, known := errors.AsType[*fault.Error](err); known || errors.Is(err, context.Canceled) {
		return err
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteTrouble(e, err)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresTrouble(e, err)
	}
	if unreachable(err) {
		return fault.New(fault.Unavailable, "the database does not answer: %w", err).Do("check that it runs and can be reached, and try again")
	}
	return err
}

func sqliteTrouble(e *sqlite.Error, err error) error {
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return fault.New(fault.Conflict, "somebody else was faster: %w", err).Do("read it again and repeat")
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fault.New(fault.Unavailable, "the disk is full, and nothing was changed: %w", err).Do("make room on the disk and try again")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fault.New(fault.Unavailable, "the database cannot be written, and nothing was changed: %w", err).Do("make the file and its folder writable")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.New(fault.Unavailable, "another process keeps the database locked: %w", err).Do("end the other process, or use PostgreSQL for several")
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR:
		return fault.New(fault.Unavailable, "the database file cannot be used: %w", err).Do("check the disk, the file and its folder")
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.New(fault.Unavailable, "the database file is damaged or is none: %w", err).Do("restore the last backup")
	}
	return err
}

// postgresTrouble goes by the class of the SQLSTATE (PostgreSQL, appendix A).
func postgresTrouble(e *pgconn.PgError, err error) error {
	switch {
	case e.Code == "23505":
		return fault.New(fault.Conflict, "somebody else was faster: %w", err).Do("read it again and repeat")
	case e.Code == "40001" || e.Code == "40P01":
		return fault.New(fault.Conflict, "two changes met: %w", err).Do("try again")
	case e.Code == "53100":
		return fault.New(fault.Unavailable, "the database's disk is full, and nothing was changed: %w", err).Do("make room on its disk and try again")
	case e.Code == "25006":
		return fault.New(fault.Unavailable, "the database is read-only, and nothing was changed: %w", err).Do("connect to the primary server")
	case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "53"), strings.HasPrefix(e.Code, "57"), strings.HasPrefix(e.Code, "28"), e.Code == "3D000":
		return fault.New(fault.Unavailable, "the database refuses: %w", err).Do("check that it runs, the name, the user and the password, and try again")
	}
	return err
}

func unreachable(err error) bool {
	_, network := errors.AsType[net.Error](err)
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	return network || connect || errors.Is(err, errClosed) || errors.Is(err, fs.ErrPermission) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "unexpected EOF") || strings.Contains(err.Error(), "database is closed")
}
