package main

import (
	"errors"
	"fmt"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
)

type backupCmd struct {
	File string `arg:"" help:"File to write; it must not be there yet (- for standard output)."`
	attachmentsFlag
	operatorFlags
}

// Help is shown by bugbar backup --help.
func (backupCmd) Help() string {
	return "Writes the casebook as it is at one moment, with its attachments, while it is in use. The file restores into SQLite\n" +
		"and PostgreSQL alike. It holds everything: keep it as safe as the casebook."
}

func (c *backupCmd) Run(a *app) error {
	b, err := c.openKept(a.ctx)
	if err != nil {
		return err
	}
	store, err := c.openFiles(a.ctx, c.casebookFlag)
	if err == nil {
		err = c.write(a, b, store)
	}
	return errors.Join(err, closed(store), b.Close())
}

func (c *backupCmd) write(a *app, b *casebook.Book, store blob.Store) error {
	w, err := b.Operate(a.ctx, c.By, "backup", 0)
	if err != nil {
		return err
	}
	if err := settle(a.ctx, b); err != nil {
		return err
	}
	m, err := c.make(a, b, w, store)
	if err != nil {
		return err
	}
	told, file := *a, c.File
	if c.File == "-" { // the backup has standard output for itself
		told.stdout, file = a.stderr, "The backup"
	}
	if c.Format == "json" {
		return printJSON(&told, m)
	}
	p := newPage(told.stdout)
	p.kept(file, m)
	return p.err
}

func (c *backupCmd) make(a *app, b *casebook.Book, w casebook.Write, store blob.Store) (casebook.Manifest, error) {
	if c.File == "-" {
		return b.Backup(a.ctx, w, a.stdout, store)
	}
	return b.BackupFile(a.ctx, w, c.File, store)
}

// kept says what a backup holds.
func (p *page) kept(file string, m casebook.Manifest) {
	p.paragraph(0, fmt.Sprintf("%s holds %s, %s and %s.", file, plural(int(m.Rows["cases"]), "case"), plural(int(m.Rows["events"]), "event"), plural(int(m.Files), "attachment")))
	p.paragraph(0, headText(m.Head))
	if n := len(m.Missing); n > 0 {
		p.paragraph(0, fmt.Sprintf("%s could not be found, or are damaged, and are not in it.", plural(n, "attachment")))
	}
}

func closed(store blob.Store) error {
	if store == nil {
		return nil
	}
	return store.Close()
}
