package casebook

import (
	"bufio"
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
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"bugbar/internal/blob"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// A backup is a zstd stream of lines (docs/backup.md). It holds the rows as JSON, and nothing of either database, so
// that it restores into SQLite as well as into PostgreSQL.
//
//	{"bugbar":"backup","format":1,"schema":5,"made":1764061200000}
//	{"table":"events","columns":["stream","seq",...]}
//	[123,1,...]
//	{"file":"<SHA-256>","size":5}
//	<5 bytes, and a line feed>
//	{"end":{...}}
const backupFormat = 1

// Manifest says what a backup holds. It is its last line.
type Manifest struct {
	Schema int64            `json:"schema"`
	Made   int64            `json:"made"` // ms
	Head   Head             `json:"head"`
	Rows   map[string]int64 `json:"rows"` // by table
	Files  int64            `json:"files"`
	// Missing are attachments that the store no longer had, or not as they were put.
	Missing []string `json:"missing,omitempty"`
	SHA256  string   `json:"sha256"` // of all that stands before it, before compression
}

// heading is a line that is no row.
type heading struct {
	Bugbar  string    `json:"bugbar,omitempty"`
	Format  int       `json:"format,omitempty"`
	Schema  int64     `json:"schema,omitempty"`
	Made    int64     `json:"made,omitempty"`
	Table   string    `json:"table,omitempty"`
	Columns []string  `json:"columns,omitempty"`
	File    string    `json:"file,omitempty"`
	Size    int64     `json:"size,omitempty"`
	End     *Manifest `json:"end,omitempty"`
}

// remade are tables that are made anew from the others, those that hold what is under way (libraries', and presence), and
// drafts: a backup outlives them, and is read by others than the one whose they are.
func remade(table string) bool {
	return slices.Contains([]string{"listing", "listing_named", "tallies", "search", "search_kept", "epochs", "schema_version", "drafts", "presence"}, table) || strings.HasPrefix(table, "river_")
}

// Backup writes the casebook as it is at one moment, while it is in use, with its attachments; files may be nil. It
// is an event.
func (b *Book) Backup(ctx context.Context, w Write, to io.Writer, files blob.Store) (Manifest, error) {
	if err := b.May(w.Actor, ManageSystem, nil); err != nil {
		return Manifest{}, err
	}
	if err := b.logSystem(ctx, w.Actor, Exported{What: "backup"}); err != nil {
		return Manifest{}, err
	}
	return writeBackup(ctx, b.db, b.now(), to, files)
}

// BackupFile writes a backup into a file, which is there whole or not at all.
func (b *Book) BackupFile(ctx context.Context, w Write, path string, files blob.Store) (Manifest, error) {
	return intoFile(path, func(to io.Writer) (Manifest, error) { return b.Backup(ctx, w, to, files) })
}

func intoFile(path string, write func(io.Writer) (Manifest, error)) (Manifest, error) {
	unusable := func(err error) error {
		return fault.New(fault.Unavailable, "backup %s: %w", path, err).Do("name a file in a folder that can be written and has room")
	}
	if _, err := os.Lstat(path); err == nil {
		return Manifest{}, fault.New(fault.Conflict, "%s is there already", path).Do("name another file")
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".backup-*")
	if err != nil {
		return Manifest{}, unusable(err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	defer func() { _ = f.Close() }()
	m, err := write(f)
	if err != nil {
		return m, err
	}
	if err := f.Sync(); err != nil {
		return m, unusable(err)
	}
	if err := os.Link(f.Name(), path); err != nil {
		return m, unusable(err)
	}
	return m, syncFolder(filepath.Dir(path))
}

// syncFolder has the name of a new file reach the disk.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fault.New(fault.Unavailable, "%w", err)
	}
	defer func() { _ = folder.Close() }()
	if err := folder.Sync(); err != nil {
		return fault.New(fault.Unavailable, "%w", err)
	}
	return nil
}

// dump is a backup while it is written.
type dump struct {
	ctx   context.Context
	tx    *sql.Tx
	out   *bufio.Writer
	sum   hash.Hash
	files blob.Store
	m     Manifest
}

func writeBackup(ctx context.Context, db *sqldb.DB, now time.Time, to io.Writer, files blob.Store) (Manifest, error) {
	packed, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return Manifest{}, fault.New(fault.Internal, "%w", err)
	}
	d := &dump{ctx: ctx, sum: sha256.New(), files: files, m: Manifest{Made: ms(now), Rows: map[string]int64{}}}
	d.out = bufio.NewWriterSize(io.MultiWriter(packed, d.sum), 1<<16)
	if d.m.Schema, err = db.Version(ctx, Migrations()); err != nil {
		return d.m, err
	}
	err = db.Snapshot(ctx, func(tx *sql.Tx) error {
		d.tx = tx
		return d.all(db)
	})
	if err != nil {
		return d.m, unwritable(err)
	}
	d.m.SHA256 = hex.EncodeToString(d.sum.Sum(nil))
	if err := d.line(heading{End: &d.m}); err != nil {
		return d.m, unwritable(err)
	}
	if err := d.out.Flush(); err != nil {
		return d.m, unwritable(err)
	}
	return d.m, unwritable(packed.Close())
}

func unwritable(err error) error {
	if err == nil || fault.CodeOf(err) != fault.Internal {
		return err
	}
	return fault.New(fault.Unavailable, "the backup cannot be written: %w", err).Do("check the disk that it is written to")
}

func (d *dump) all(db *sqldb.DB) error {
	if err := d.line(heading{Bugbar: "backup", Format: backupFormat, Schema: d.m.Schema, Made: d.m.Made}); err != nil {
		return err
	}
	var err error
	if d.m.Head, err = lastSeal(d.ctx, d.tx); err != nil {
		return err
	}
	tables, err := db.Tables(d.ctx, d.tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if remade(t) {
			continue
		}
		if err := d.table(t); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	if d.files == nil {
		return d.out.Flush()
	}
	if err := d.attachments(); err != nil {
		return err
	}
	return d.out.Flush()
}

func (d *dump) line(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = d.out.Write(append(data, '\n'))
	return err
}

// table writes the rows of a table as they come.
func (d *dump) table(name string) error {
	rows, err := d.tx.QueryContext(d.ctx, "SELECT * FROM "+name)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if err := d.line(heading{Table: name, Columns: columns}); err != nil {
		return err
	}
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	d.m.Rows[name] = 0
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range row {
			if row[i], err = portable(v); err != nil {
				return fmt.Errorf("%s: %w", columns[i], err)
			}
		}
		if err := d.line(row); err != nil {
			return err
		}
		d.m.Rows[name]++
	}
	return rows.Err()
}

// raw is a value that is no text in UTF-8.
type raw struct {
	Base64 string `json:"base64"`
	Bytes  bool   `json:"bytes,omitempty"` // of a column of bytes
}

func portable(v any) (any, error) {
	switch v := v.(type) {
	case nil, int64:
		return v, nil
	case string:
		if utf8.ValidString(v) {
			return v, nil
		}
		return raw{Base64: base64.StdEncoding.EncodeToString([]byte(v))}, nil
	case []byte:
		return raw{Base64: base64.StdEncoding.EncodeToString(v), Bytes: true}, nil
	}
	return nil, fault.New(fault.Internal, "a value of type %T cannot be kept in a backup", v)
}

// attachments writes each file once.
func (d *dump) attachments() error {
	for last := ""; ; {
		var next string
		err := d.tx.QueryRowContext(d.ctx, "SELECT COALESCE(MIN(sha256), '') FROM attachments WHERE sha256 > $1", last).Scan(&next)
		if err != nil || next == "" {
			return err
		}
		last = next
		var size int64
		if err := d.tx.QueryRowContext(d.ctx, "SELECT MAX(size) FROM attachments WHERE sha256 = $1", next).Scan(&size); err != nil {
			return err
		}
		if err := d.file(next, size); err != nil {
			return err
		}
	}
}

// file writes a file, unless it is missing or damaged. It is read twice, as whether it is whole is known at its end only.
func (d *dump) file(sum string, size int64) error {
	if err := FilesIn(d.files, nil)(d.ctx, sum); fault.Is(err, fault.NotFound) || errors.Is(err, blob.ErrDamaged) {
		d.m.Missing = append(d.m.Missing, sum)
		return nil
	} else if err != nil {
		return err
	}
	f, err := d.files.Open(d.ctx, sum)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := d.line(heading{File: sum, Size: size}); err != nil {
		return err
	}
	n, err := io.Copy(d.out, f)
	if err == nil && n != size {
		err = fault.New(fault.Unavailable, "file %s has %d bytes, and should have %d", sum, n, size).Do("bugbar verify")
	}
	if err != nil {
		return err
	}
	d.m.Files++
	return d.out.WriteByte('\n')
}
