// Package bars embeds the bars that ship with bugbar, one folder for each name and edition. A
// released edition never changes: a test holds its digest.
package bars

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"bugbar/bar"
)

//go:embed */*
var files embed.FS

// Default is the bar that is used where none is named.
const Default = "msrc-ai"

// Refs lists the shipped bars, NAME@EDITION, by name and then from the oldest edition.
func Refs() []string {
	folders, _ := fs.Glob(files, "*/*/bar.yaml") // the pattern is well formed
	refs := make([]string, len(folders))
	for i, f := range folders {
		name, edition := path.Split(path.Dir(f))
		refs[i] = path.Clean(name) + "@" + edition
	}
	slices.Sort(refs)
	return refs
}

// Find opens the folder of a shipped bar: NAME@EDITION, or NAME for its newest edition.
func Find(ref string) (fs.FS, error) {
	full, err := resolve(ref)
	if err != nil {
		return nil, err
	}
	return fs.Sub(files, strings.ReplaceAll(full, "@", "/"))
}

// resolve completes a name with its newest edition.
func resolve(ref string) (string, error) {
	refs := Refs()
	for _, r := range slices.Backward(refs) {
		if name, _, _ := strings.Cut(r, "@"); r == ref || name == ref {
			return r, nil
		}
	}
	return "", &bar.UnknownError{What: "bar", Got: ref, Choices: append(names(refs), refs...)}
}

func names(refs []string) []string {
	var all []string
	for _, r := range refs {
		if name, _, _ := strings.Cut(r, "@"); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

var loaded sync.Map // NAME@EDITION -> func() (*bar.Bar, error): each shipped bar is compiled once

// Load returns a shipped bar: NAME@EDITION, or NAME for its newest edition.
func Load(ref string) (*bar.Bar, error) {
	full, err := resolve(ref)
	if err != nil {
		return nil, err
	}
	load, _ := loaded.LoadOrStore(full, sync.OnceValues(func() (*bar.Bar, error) {
		folder, err := Find(full)
		if err != nil {
			return nil, err
		}
		return bar.Load(folder, Find)
	}))
	return load.(func() (*bar.Bar, error))()
}
