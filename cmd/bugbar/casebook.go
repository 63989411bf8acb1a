package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// casebookFlag is the --casebook of every command that works on one.
type casebookFlag struct {
	Casebook string `help:"The casebook: a file, or postgres://USER@HOST/NAME." default:"bugbar.db" env:"BUGBAR_CASEBOOK" placeholder:"CASEBOOK"`
	barsFlag
}

// open opens the casebook; a file that is not there becomes an empty one.
func (f casebookFlag) open(ctx context.Context) (*casebook.Book, error) {
	return casebook.Open(ctx, f.Casebook, f.options())
}

// there refuses a file that is not there, or empty, before one is made.
func (f casebookFlag) there() error {
	if !f.inFile() {
		return nil
	}
	if info, err := os.Stat(f.file()); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return fault.New(fault.NotFound, "there is no casebook %s", f.Casebook).Do("name one with --casebook; bugbar user add makes a new one")
	}
	return nil
}

// openKept opens a casebook that is there already.
func (f casebookFlag) openKept(ctx context.Context) (*casebook.Book, error) {
	if err := f.there(); err != nil {
		return nil, err
	}
	kept := f.options()
	kept.Kept = true
	return casebook.Open(ctx, f.Casebook, kept)
}

// inFile says whether the casebook is a file of its own.
func (f casebookFlag) inFile() bool {
	return !strings.HasPrefix(f.Casebook, "postgres://") && !strings.HasPrefix(f.Casebook, "postgresql://")
}

func (f casebookFlag) file() string { return strings.TrimPrefix(f.Casebook, "sqlite:") }

// keeping is the --casebook of commands that work without one as well.
type keeping struct {
	Casebook string `help:"The casebook that keeps it: a file, or postgres://USER@HOST/NAME. Nothing is kept in one where it is left out." env:"BUGBAR_CASEBOOK" placeholder:"CASEBOOK"`
	barsFlag
}

func (f keeping) flag() casebookFlag { return casebookFlag(f) }

// checkBar refuses a bar for one case: the casebook has one for all.
func (f keeping) checkBar(ref string) error {
	if f.Casebook != "" && ref != bars.Default {
		return &inputError{"--bar together with --casebook: a casebook has a bar of its own", "bugbar reassess --bar changes it; --casebook= keeps nothing in a casebook"}
	}
	return nil
}

// barsFlag says where bars of one's own are.
type barsFlag struct {
	Bars string `help:"Folder that holds folders with bars of your own, beside the shipped ones." env:"BUGBAR_BARS" placeholder:"FOLDER"`
}

func (f barsFlag) options() casebook.Options { return casebook.Options{Bar: f.find} }

// find finds a bar by NAME@EDITION, or NAME for the newest of the shipped ones: shipped, or in the folder.
func (f barsFlag) find(ref string) (*bar.Bar, error) {
	b, err := bars.Load(ref)
	if err == nil || f.Bars == "" {
		return b, err
	}
	all, globErr := filepath.Glob(filepath.Join(f.Bars, "*", "bar.yaml"))
	if globErr != nil {
		return nil, globErr
	}
	for _, file := range all {
		own, err := openBar(f.Bars + "/" + filepath.Base(filepath.Dir(file)))
		if err != nil {
			return nil, err
		}
		if own.Ref() == ref {
			return own, nil
		}
	}
	return nil, err
}

// attachmentsFlag is the --attachments of every command that works on files of cases.
type attachmentsFlag struct {
	Attachments string `help:"Where attachments are kept: a folder, or s3://BUCKET/PREFIX?endpoint=URL. Beside the casebook's file where it is left out." env:"BUGBAR_ATTACHMENTS" placeholder:"STORE"`
}

// store is the name of the store: for a casebook in a file, a folder beside it.
func (f attachmentsFlag) store(book casebookFlag) string {
	switch {
	case f.Attachments != "":
		return f.Attachments
	case book.inFile():
		return filepath.Join(filepath.Dir(book.file()), "attachments")
	}
	return "attachments"
}

// openStore opens where the attachments of a casebook are kept.
func (f attachmentsFlag) openStore(ctx context.Context, book casebookFlag) (blob.Store, error) {
	return blob.Open(ctx, f.store(book))
}

// openFiles opens the store for commands that only read it. A folder that is not there is not made: either no file was ever
// kept, or every file is missing.
func (f attachmentsFlag) openFiles(ctx context.Context, book casebookFlag) (blob.Store, error) {
	name := f.store(book)
	if _, err := os.Stat(name); strings.HasPrefix(name, "s3:") || !errors.Is(err, os.ErrNotExist) {
		return f.openStore(ctx, book)
	}
	if f.Attachments != "" {
		return nil, fault.New(fault.NotFound, "there is no folder %s", name).In("attachments").Do("say where the casebook keeps its attachments")
	}
	return blob.None{}, nil
}
