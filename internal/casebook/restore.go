package casebook

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"

	"bugbar/internal/blob"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// maxLine bounds a line of a backup: the largest row, escaped.
const maxLine = 8 * MaxText

// Restore fills an empty database, of either kind, and a store of attachments from a backup, takes the schema
// forward, makes anew what is derived, and verifies all of it. Until the backup was read to its end and
// found whole, the database stays empty, and a file that was made for it is gone.
func Restore(ctx context.Context, from io.Reader, database string, files blob.Store, opts Options) (Manifest, Report, error) {
	db, err := sqldb.Open(ctx, database)
	if err != nil {
		return Manifest{}, Report{}, err
	}
	m, err := restore(ctx, from, db, files)
	if err := errors.Join(err, db.Close()); err != nil {
		if db.Made {
			_ = os.Remove(db.File) // a part of a casebook is none
		}
		return m, Report{}, db.Trouble(err)
	}
	whole := context.WithoutCancel(ctx) // what is restored is of no use before its lists are made
	b, err := Open(whole, database, opts)
	if err != nil {
		return m, Report{}, err
	}
	defer func() { _ = b.Close() }()
	if err := b.Reindex(whole, func(int64) {}); err != nil {
		return m, Report{}, err
	}
	check := Check{Head: &m.Head}
	if m.Head.Seal == 0 {
		check.Head = nil
	}
	if files != nil {
		check.File = FilesIn(files, m.Missing)
	}
	report, err := b.Verify(ctx, check)
	return m, report, err
}

// FilesIn reads every attachment in a store to its end, but those that are known to be missing.
func FilesIn(store blob.Store, missing []string) func(ctx context.Context, sha256 string) error {
	known := map[string]bool{}
	for _, sum := range missing {
		known[sum] = true
	}
	return func(ctx context.Context, sha256 string) error {
		if known[sha256] {
			return nil
		}
		f, err := store.Open(ctx, sha256)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, f)
		return errors.Join(err, f.Close())
	}
}

// load is a backup while it is read.
type load struct {
	ctx     context.Context
	tx      *sql.Tx
	in      *bufio.Reader
	sum     hash.Hash
	files   blob.Store
	table   string
	columns []string
	rows    [][]any
	count   map[string]int64
	put     int64
}

func restore(ctx context.Context, from io.Reader, db *sqldb.DB, files blob.Store) (Manifest, error) {
	unpacked, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return Manifest{}, noBackup(err)
	}
	defer unpacked.Close()
	l := &load{ctx: ctx, in: bufio.NewReaderSize(unpacked, 1<<16), sum: sha256.New(), files: files, count: map[string]int64{}}
	first, err := l.heading()
	if err != nil || first.Bugbar != "backup" {
		return Manifest{}, noBackup(err)
	}
	if first.Format != backupFormat {
		return Manifest{}, fault.New(fault.Invalid, "the backup has format %d, and this program reads format %d", first.Format, backupFormat).Do("use the program that made it, or a newer one")
	}
	if err := empty(ctx, db); err != nil {
		return Manifest{}, err
	}
	if err := db.MigrateTo(context.WithoutCancel(ctx), Migrations(), first.Schema); err != nil {
		return Manifest{}, err
	}
	var m Manifest
	if err := db.Tx(ctx, func(tx *sql.Tx) error {
		l.tx = tx
		m, err = l.all()
		return err
	}); err != nil {
		return m, err
	}
	return m, db.Migrate(context.WithoutCancel(ctx), Migrations())
}

func noBackup(err error) error {
	if err != nil {
		return fault.New(fault.Invalid, "this is no backup, or a damaged one: %w", err).Do("try another one")
	}
	return fault.New(fault.Invalid, "this is no backup").Do("name a file that bugbar backup made")
}

// empty refuses a database in which something is.
func empty(ctx context.Context, db *sqldb.DB) error {
	version, err := db.Version(ctx, Migrations())
	if err != nil || version == 0 {
		return err
	}
	var some bool
	err = db.Reader().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM events)").Scan(&some)
	if err == nil && some {
		return fault.New(fault.Conflict, "there is a casebook in this database").Do("restore into an empty one")
	}
	return db.Trouble(err)
}

// all reads the backup to its end.
func (l *load) all() (Manifest, error) {
	for {
		sum := hex.EncodeToString(l.sum.Sum(nil))
		text, err := l.line()
		if err != nil {
			return Manifest{}, noBackup(err)
		}
		if text[0] == '[' {
			if err := l.row(text); err != nil {
				return Manifest{}, err
			}
			continue
		}
		if err := l.flush(); err != nil {
			return Manifest{}, err
		}
		var h heading
		if err := json.Unmarshal(text, &h); err != nil {
			return Manifest{}, noBackup(err)
		}
		switch {
		case h.End != nil:
			return *h.End, l.end(*h.End, sum)
		case h.Table != "":
			err = l.begin(h)
		case h.File != "":
			err = l.file(h)
		default:
			err = noBackup(fmt.Errorf("a line says nothing"))
		}
		if err != nil {
			return Manifest{}, err
		}
	}
}

// line reads a line of at least one letter.
func (l *load) line() ([]byte, error) {
	var text []byte
	for {
		part, err := l.in.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && len(text) < maxLine:
			continue
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case len(text) < 2:
			return nil, errors.New("an empty line")
		}
		l.sum.Write(text)
		return text, nil
	}
}

func (l *load) heading() (heading, error) {
	var h heading
	text, err := l.line()
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	return h, err
}

// begin checks that a table and its columns are of this schema: their names become part of SQL.
func (l *load) begin(h heading) error {
	l.table, l.columns = h.Table, h.Columns
	if !plainName(h.Table) || len(h.Columns) == 0 || len(h.Columns) > 100 || remade(h.Table) {
		return noBackup(fmt.Errorf("there is no table %q", h.Table))
	}
	for _, c := range h.Columns {
		if !plainName(c) {
			return noBackup(fmt.Errorf("table %s has no column %q", h.Table, c))
		}
	}
	if _, twice := l.count[h.Table]; twice {
		return noBackup(fmt.Errorf("table %s comes twice", h.Table))
	}
	l.count[h.Table] = 0
	return nil
}

func plainName(name string) bool {
	return name != "" && len(name) < 64 && !strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// row keeps a row until there are enough for a statement.
func (l *load) row(text []byte) error {
	var values []any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&values); err != nil || len(values) != len(l.columns) {
		return noBackup(fmt.Errorf("a row of %s: %d values for %d columns: %w", l.table, len(values), len(l.columns), err))
	}
	for i, v := range values {
		var err error
		if values[i], err = native(v); err != nil {
			return noBackup(fmt.Errorf("%s.%s: %w", l.table, l.columns[i], err))
		}
	}
	l.rows = append(l.rows, values)
	l.count[l.table]++
	if len(l.rows)*len(l.columns) >= 2000 || len(text) > 1<<20 {
		return l.flush()
	}
	return nil
}

func native(v any) (any, error) {
	switch v := v.(type) {
	case nil, string:
		return v, nil
	case json.Number:
		return v.Int64()
	case map[string]any:
		text, _ := v["base64"].(string)
		data, err := base64.StdEncoding.DecodeString(text)
		if _, isBytes := v["bytes"]; isBytes {
			return data, err
		}
		return string(data), err
	}
	return nil, fmt.Errorf("a value of type %T", v)
}

// flush writes the rows that were kept.
func (l *load) flush() error {
	if len(l.rows) == 0 {
		return nil
	}
	var text strings.Builder
	args := make([]any, 0, len(l.rows)*len(l.columns))
	text.WriteString("INSERT INTO " + l.table + " (" + strings.Join(l.columns, ", ") + ") VALUES ")
	for i, row := range l.rows {
		text.WriteString([]string{"", ", "}[min(i, 1)])
		for j, v := range row {
			args = append(args, v)
			fmt.Fprintf(&text, "%s$%d", []string{"(", ", "}[min(j, 1)], len(args))
		}
		text.WriteByte(')')
	}
	l.rows = l.rows[:0]
	if _, err := l.tx.ExecContext(l.ctx, text.String(), args...); err != nil {
		return fmt.Errorf("%s: %w", l.table, err)
	}
	return nil
}

// file puts an attachment into the store; where there is none, its bytes are passed over.
func (l *load) file(h heading) error {
	content := io.TeeReader(io.LimitReader(l.in, h.Size), l.sum)
	if l.files == nil {
		if n, err := io.Copy(io.Discard, content); err != nil || n != h.Size {
			return noBackup(io.ErrUnexpectedEOF)
		}
	} else {
		ref, err := l.files.Put(l.ctx, content, h.Size)
		if err != nil {
			return err
		}
		if ref.SHA256 != h.File || ref.Size != h.Size {
			return noBackup(fmt.Errorf("file %s is not what it was", h.File))
		}
	}
	l.put++
	last, err := l.in.ReadByte()
	if err != nil || last != '\n' {
		return noBackup(io.ErrUnexpectedEOF)
	}
	l.sum.Write([]byte{last})
	return nil
}

// end holds what was read against the manifest.
func (l *load) end(m Manifest, sum string) error {
	if m.SHA256 != sum {
		return noBackup(fmt.Errorf("its SHA-256 is %s, and its manifest says %s", sum, m.SHA256))
	}
	for name, n := range m.Rows {
		if l.count[name] != n {
			return noBackup(fmt.Errorf("%d rows of %s, and the manifest says %d", l.count[name], name, n))
		}
	}
	if l.put != m.Files {
		return noBackup(fmt.Errorf("%d files, and the manifest says %d", l.put, m.Files))
	}
	return nil
}

// Migrate takes a database forward to the schema of this program. Where something is in it, a backup is written
// first; it returns the backup's manifest, and nil where nothing was to be done. A database without a casebook is refused.
func Migrate(ctx context.Context, database string, backup string, files blob.Store, opts Options) (*Manifest, error) {
	db, err := sqldb.Open(ctx, database)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	if begun, err := db.Begun(ctx); err != nil || !begun {
		return nil, cmp.Or(err, noCasebook())
	}
	if err := db.CheckNewer(ctx, Migrations()); err != nil {
		return nil, err
	}
	applied, all, err := steps(ctx, db)
	if err != nil || applied == all {
		return nil, err
	}
	m, err := intoFile(backup, func(to io.Writer) (Manifest, error) { return writeBackup(ctx, db, opts.clock()(), to, files) })
	if err != nil {
		return nil, err
	}
	return &m, db.Migrate(ctx, Migrations())
}
