package bar

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func (rd *reading) cuts() *Cuts {
	if _, err := fs.Stat(rd.folder, "cuts.yaml"); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	cuts := new(Cuts)
	if !rd.yaml("cuts.yaml", cuts) {
		return nil
	}
	return cuts
}

var mappingColumns = []string{"point", "value", "taxonomy", "edition", "id", "name", "relation", "provenance"}

func (rd *reading) mappings() []Mapping {
	const file = "mappings.csv"
	if _, err := fs.Stat(rd.folder, file); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	data, ok := rd.open(file)
	if !ok {
		return nil
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		rd.report(csvProblem(file, err))
		return nil
	}
	if len(records) == 0 || !slices.Equal(records[0], mappingColumns) {
		rd.report(Problem{File: file, Line: 1, Text: "wrong header", Hint: strings.Join(mappingColumns, ",")})
		return nil
	}
	mappings := make([]Mapping, 0, len(records))
	for _, r := range records[1:] {
		mappings = append(mappings, Mapping{r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]})
	}
	return mappings
}

// open reads one file, up to the limit.
func (rd *reading) open(name string) ([]byte, bool) {
	f, err := openRegular(rd.folder, name)
	if err != nil {
		hint := ""
		if errors.Is(err, fs.ErrNotExist) {
			hint = "every bar needs this file"
		}
		rd.report(Problem{File: name, Text: cause(err), Hint: hint})
		return nil, false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		rd.report(Problem{File: name, Text: cause(err)})
		return nil, false
	}
	if len(data) > maxFileBytes {
		rd.report(Problem{File: name, Text: fmt.Sprintf("larger than %d bytes", maxFileBytes)})
		return nil, false
	}
	return data, true
}

// openRegular looks before it opens, since opening a pipe waits for a writer, and once more after,
// since the name may stand for something else by then.
func openRegular(folder fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(folder, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

var errNotRegular = errors.New("is not a regular file")

// cause strips the path from an error that names it, since a Problem names the file itself.
func cause(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// yaml decodes one file strictly and remembers on which lines its parts stand.
func (rd *reading) yaml(name string, into any) bool {
	data, ok := rd.open(name)
	if !ok {
		return false
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		rd.yamlProblems(name, err)
		return false
	}
	var more yaml.Node
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		rd.report(Problem{File: name, Line: more.Line, Text: "more than one YAML document", Hint: "one document in each file"})
		return false
	}
	rd.files.add(name, data)
	return true
}

var yamlLine = regexp.MustCompile(`(?:yaml: )?line (\d+): (.*)`)

func (rd *reading) yamlProblems(name string, err error) {
	if errors.Is(err, io.EOF) {
		rd.report(Problem{File: name, Text: "the file is empty"})
		return
	}
	lines := []string{err.Error()}
	if typed, ok := errors.AsType[*yaml.TypeError](err); ok {
		lines = typed.Errors
	}
	for _, text := range lines {
		p := Problem{File: name, Text: text}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			_, _ = fmt.Sscan(m[1], &p.Line)
			p.Text = m[2]
		}
		rd.report(p)
	}
}
