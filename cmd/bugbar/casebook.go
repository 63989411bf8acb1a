package main

import (
	"context"
	"path/filepath"
	"strings"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
)

// casebookFlag is the --casebook of every command that works on one.
type casebookFlag struct {
	Casebook string `help:"The casebook: a file, or postgres://USER@HOST/NAME." default:"bugbar.db" env:"BUGBAR_CASEBOOK" placeholder:"CASEBOOK"`
}

func (f casebookFlag) open(ctx context.Context) (*casebook.Book, error) {
	return casebook.Open(ctx, f.Casebook, casebook.Options{})
}

// attachmentsFlag is the --attachments of every command that works on files of cases.
type attachmentsFlag struct {
	Attachments string `help:"Where attachments are kept: a folder, or s3://BUCKET/PREFIX?endpoint=URL. Beside the casebook's file where it is left out." env:"BUGBAR_ATTACHMENTS" placeholder:"STORE"`
}

// openStore opens where the attachments of a casebook are kept: for one in a file, a folder beside it.
func (f attachmentsFlag) openStore(ctx context.Context, casebook string) (blob.Store, error) {
	switch {
	case f.Attachments != "":
		return blob.Open(ctx, f.Attachments)
	case strings.HasPrefix(casebook, "postgres"):
		return blob.Open(ctx, "attachments")
	}
	return blob.Open(ctx, filepath.Join(filepath.Dir(strings.TrimPrefix(casebook, "sqlite:")), "attachments"))
}
