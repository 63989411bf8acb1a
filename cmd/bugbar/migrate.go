package main

import (
	"errors"

	"bugbar/internal/casebook"
)

type migrateCmd struct {
	Backup string `help:"File of the backup that is made first." placeholder:"FILE"`
	Format string `help:"text or json." enum:"text,json" default:"text"`
	attachmentsFlag
	casebookFlag
}

// Help is shown by bugbar migrate --help.
func (migrateCmd) Help() string {
	return "Takes the schema of a casebook forward to that of this program, after a backup. Stop the servers that work on it first."
}

func (c *migrateCmd) Run(a *app) error {
	if c.Backup == "" {
		c.Backup = "bugbar-before-migration-" + a.now().UTC().Format("20060102T150405Z") + ".backup"
	}
	if err := c.there(); err != nil {
		return err
	}
	store, err := c.openFiles(a.ctx, c.casebookFlag)
	if err != nil {
		return err
	}
	m, err := casebook.Migrate(a.ctx, c.Casebook, c.Backup, store, c.options())
	if err := errors.Join(err, closed(store)); err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(a, struct {
			Backup   string             `json:"backup,omitempty"`
			Manifest *casebook.Manifest `json:"manifest"` // null where nothing was to be done
		}{map[bool]string{true: c.Backup}[m != nil], m})
	}
	p := newPage(a.stdout)
	if m == nil {
		p.paragraph(0, "The casebook has the schema of this program.")
		return p.err
	}
	p.paragraph(0, "The casebook was taken forward to the schema of this program, after a backup.")
	p.kept(c.Backup, *m)
	return p.err
}
