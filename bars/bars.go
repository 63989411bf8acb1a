// Package bars embeds the bars that ship with bugbar, one folder for each name and edition. A
// released edition never changes: a test holds its digest.
package bars

import (
	"cmp"
	"embed"
	"io/fs"
	"path"
	"regexp"
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
	slices.SortFunc(refs, compareRefs)
	return refs
}

// compareRefs orders by name, then by edition.
func compareRefs(a, b string) int {
	x, xEdition, _ := strings.Cut(a, "@")
	y, yEdition, _ := strings.Cut(b, "@")
	return cmp.Or(strings.Compare(x, y), compareEditions(xEdition, yEdition), strings.Compare(a, b))
}

// compareEditions compares runs of digits by their numbers: 2026-9 is older than 2026-11.
func compareEditions(a, b string) int {
	x, y := runs.FindAllString(a, -1), runs.FindAllString(b, -1)
	return slices.CompareFunc(x, y, func(p, q string) int {
		if !isDigit(p[0]) || !isDigit(q[0]) {
			return strings.Compare(p, q)
		}
		p, q = strings.TrimLeft(p, "0"), strings.TrimLeft(q, "0")
		return cmp.Or(cmp.Compare(len(p), len(q)), strings.Compare(p, q))
	})
}

var runs = regexp.MustCompile(`[0-9]+|[^0-9]+`)

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

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
