// Package texts is the catalogue of the words on pages: en/PAGE.yaml holds those of one page, and what several
// share stands in en/shared.yaml. Keys are PAGE.NAME. A test holds templates and catalogue to each other.
package texts

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed en/*.yaml
var files embed.FS

// Catalogue holds words by key.
type Catalogue map[string]string

// English returns the English words.
var English = sync.OnceValue(func() Catalogue {
	all := Catalogue{}
	names, err := fs.Glob(files, "en/*.yaml")
	if err != nil {
		panic(err) // the pattern is well formed
	}
	for _, name := range names {
		if err := all.read(name); err != nil {
			panic(fmt.Sprintf("%s: %v", name, err)) // it is embedded, and a test reads it
		}
	}
	return all
})

func (c Catalogue) read(name string) error {
	data, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	words := map[string]string{}
	if err := yaml.Unmarshal(data, &words); err != nil {
		return err
	}
	page := strings.TrimSuffix(path.Base(name), ".yaml") + "."
	if page == "shared." {
		page = ""
	}
	for key, text := range words {
		c[page+key] = text
	}
	return nil
}

// T is the text of a key, with its values put in place of %s, %d and the like. A key that is not there
// shows itself.
func (c Catalogue) T(key string, values ...any) string {
	text, ok := c[key]
	if !ok {
		return key
	}
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}
