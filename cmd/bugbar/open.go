package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bugbar/bar"
	"bugbar/bars"
)

// barFlag is the --bar of every command that decides.
type barFlag struct {
	Bar string `help:"Bar to decide by: NAME, NAME@EDITION, or a folder." default:"${defaultBar}" placeholder:"BAR"`
}

func (f barFlag) load() (*bar.Bar, error) { return openBar(f.Bar) }

// openBar loads a bar by its reference.
func openBar(ref string) (*bar.Bar, error) {
	if !isFolder(ref) {
		return bars.Load(ref)
	}
	folder, find, err := barFolder(ref)
	if err != nil {
		return nil, err
	}
	b, err := bar.Load(folder, find)
	if problems, ok := errors.AsType[bar.Problems](err); ok {
		return nil, inFolder(problems, ref)
	}
	return b, err
}

// isFolder tells a path from the name of a shipped bar, by how it is written and not by what happens
// to stand in the working directory.
func isFolder(ref string) bool { return strings.ContainsAny(ref, `/\`) || strings.HasPrefix(ref, ".") }

// barFolder opens the folder of a bar, and a finder for the bars that it extends: shipped ones by
// name, others by their path from this folder.
func barFolder(ref string) (fs.FS, bar.Finder, error) {
	if !isFolder(ref) {
		folder, err := bars.Find(ref)
		return folder, bars.Find, err
	}
	if info, err := os.Stat(ref); err != nil {
		return nil, nil, err
	} else if !info.IsDir() {
		return nil, nil, &inputError{ref + " is a file, not the folder of a bar", "name the folder that holds bar.yaml"}
	}
	find := func(base string) (fs.FS, error) {
		if !strings.ContainsAny(base, `/\`) {
			return bars.Find(base)
		}
		return os.DirFS(filepath.Join(ref, base)), nil
	}
	return os.DirFS(ref), find, nil
}

func inFolder(problems bar.Problems, folder string) bar.Problems {
	placed := make(bar.Problems, len(problems))
	for i, p := range problems {
		p.File = filepath.Join(folder, p.File)
		placed[i] = p
	}
	return placed
}

// open opens a file, or standard input for "-".
func (a *app) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(a.stdin), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close()
		return nil, &inputError{name + " is a folder", "name a file, or - for standard input"}
	}
	return f, nil
}
