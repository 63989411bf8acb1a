package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"regexp"
	"strconv"
	"strings"
)

// readyConn is a connection of SQLite that keeps statements ready for as long as it is open. It ends them before it is closed:
// with one that is left SQLite would keep its connection open, with its locks, and the log beside a file that lacks what
// was written last.
type readyConn struct {
	sqliteConn
	ready map[string]driver.Stmt // by text
}

// sqliteConn is what the driver's connections can, and database/sql makes use of.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// exec carries out a statement and keeps it ready. The texts are constants of the program, so there are few.
func (c *readyConn) exec(ctx context.Context, text string, args ...driver.NamedValue) error {
	stmt := c.ready[text]
	if stmt == nil {
		var err error
		if stmt, err = c.PrepareContext(ctx, unnamed(text)); err != nil {
			return err
		}
		c.ready[text] = stmt
	}
	_, err := stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	return err
}

// together carries out changes in one transaction.
func (c *readyConn) together(ctx context.Context, batch []*pending) error {
	if err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, p := range batch {
		for _, s := range p.change {
			if err := c.exec(ctx, s.text, s.args...); err != nil {
				return errors.Join(err, c.undo(ctx))
			}
		}
	}
	if err := c.exec(ctx, "COMMIT"); err != nil {
		return errors.Join(err, c.undo(ctx))
	}
	return nil
}

// undo ends a transaction that failed. Where SQLite has ended it already, there is nothing to undo.
func (c *readyConn) undo(ctx context.Context) error {
	if err := c.exec(ctx, "ROLLBACK"); err != nil && !strings.Contains(err.Error(), "no transaction is active") {
		return driver.ErrBadConn // a connection in a state that is not known is not used again
	}
	return nil
}

// Close ends the statements and the connection.
func (c *readyConn) Close() error {
	var errs []error
	for _, stmt := range c.ready {
		errs = append(errs, stmt.Close())
	}
	clear(c.ready)
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// readyConnector opens such connections.
type readyConnector struct{ driver.Connector }

func (c readyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &readyConn{conn.(sqliteConn), map[string]driver.Stmt{}}, nil
}

var parameter = regexp.MustCompile(`\$\d+`)

// unnamed writes the parameters of a statement as ?, where each stands once and in order: of every other kind the
// driver looks up the name, each time.
func unnamed(text string) string {
	at, inOrder := 0, true
	plain := parameter.ReplaceAllStringFunc(text, func(name string) string {
		at++
		inOrder = inOrder && name == "$"+strconv.Itoa(at)
		return "?"
	})
	if inOrder {
		return plain
	}
	return text
}
