package main

import (
	"context"

	"bugbar/internal/casebook"
)

// casebookFlag is the --casebook of every command that works on one.
type casebookFlag struct {
	Casebook string `help:"The casebook: a file, or postgres://USER@HOST/NAME." default:"bugbar.db" env:"BUGBAR_CASEBOOK" placeholder:"CASEBOOK"`
}

func (f casebookFlag) open(ctx context.Context) (*casebook.Book, error) {
	return casebook.Open(ctx, f.Casebook, casebook.Options{})
}
