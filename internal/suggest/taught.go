package suggest

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"

	"bugbar/bar"
)

//go:embed taught
var lessonFiles embed.FS

// lesson is a made-up report and the facts that it states.
type lesson struct {
	Story string            `yaml:"story"`
	Facts map[string]string `yaml:"facts"`
}

// taught are the cases that need no labelled reports: what a bar itself teaches, and the made-up
// reports in taught/, if there are any for the bar.
func taught(b *bar.Bar) ([]Case, error) {
	cases := definitions(b)
	name := "taught/" + b.ID + ".yaml"
	data, err := lessonFiles.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return cases, nil
	}
	if err != nil {
		return nil, err
	}
	var file struct{ Cases []lesson }
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, l := range file.Cases {
		for point, value := range l.Facts {
			if _, _, err := b.SetOf(point, []string{value}); err != nil {
				return nil, fmt.Errorf("%s: case %d: %w", name, i+1, err)
			}
		}
		cases = append(cases, Case{ID: fmt.Sprintf("%s/taught/%d", b.ID, i), Text: l.Story, Facts: l.Facts})
	}
	return cases, nil
}

// definitions are the bar's own: of the entry's values, and its worked examples.
func definitions(b *bar.Bar) []Case {
	var cases []Case
	entry, _ := b.Point(b.EntryPoint())
	for _, v := range entry.Values {
		text := v.Name + "\n\n" + v.Text + " " + v.Example
		cases = append(cases, Case{ID: b.ID + "/" + v.ID, Text: text, Facts: map[string]string{entry.ID: v.ID}})
	}
	for _, p := range b.Points {
		for i, e := range p.Examples {
			c := Case{ID: fmt.Sprintf("%s/%s/%d", b.ID, p.ID, i), Text: e.Story, Facts: map[string]string{}}
			for point, values := range e.Facts {
				if len(values) == 1 {
					c.Facts[point] = values[0]
				}
			}
			cases = append(cases, c)
		}
	}
	return cases
}
