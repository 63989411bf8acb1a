// Package assets embeds what pages load beside themselves: the style, the scripts, the shapes of outcomes,
// and two libraries at pinned versions (vendor/VERSIONS.md has their sources, checksums and licences).
// Everything is served under a name that holds its digest, so browsers keep it for good.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed *.css *.js *.svg vendor/*.js
var files embed.FS

// Set is the assets by the names under which they are served.
type Set struct {
	paths map[string]string // from name to served path
	bytes map[string][]byte // from served path to content
}

// Prefix is where assets are served.
const Prefix = "/assets/"

// New makes the set of the embedded files and of what pages add, such as their styles.
func New(more map[string][]byte) *Set {
	s := &Set{paths: map[string]string{}, bytes: map[string][]byte{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(name)
		s.add(path.Base(name), data)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("embedded assets: %v", err))
	}
	for name, data := range more {
		s.add(name, data)
	}
	return s
}

func (s *Set) add(name string, data []byte) {
	sum := sha256.Sum256(data)
	stem, ext, _ := strings.Cut(name, ".")
	served := Prefix + stem + "-" + hex.EncodeToString(sum[:6]) + "." + ext
	s.paths[name], s.bytes[served] = served, data
}

// Path is where an asset is served; a name that does not exist is a fault of a template, which tests find.
func (s *Set) Path(name string) (string, error) {
	if p, ok := s.paths[name]; ok {
		return p, nil
	}
	return "", fmt.Errorf("no asset %q", name)
}

// ServeHTTP serves an asset.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, ok := s.bytes[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.URL.Path)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(data)
}
