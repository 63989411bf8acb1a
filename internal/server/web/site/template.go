package site

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"bugbar/internal/server/web/texts"
	"bugbar/internal/triage"
)

//go:embed *.html parts/*.html
var own embed.FS

// Template is a page's template within the frame. Its first comment names the type of its data. Within it, $
// is a Frame and .Page the page's own struct.
type Template struct {
	name  string
	parse func() *template.Template
}

// NewTemplate reads a page's template: the first of names, in folder, and others that it uses.
func NewTemplate(folder fs.FS, names ...string) *Template {
	return &Template{name: names[0], parse: sync.OnceValue(func() *template.Template {
		t := template.New("frame.html").Funcs(functions)
		t = template.Must(t.ParseFS(own, "frame.html", "parts/*.html"))
		return template.Must(t.ParseFS(folder, names...))
	})}
}

// Parsed is the template as html/template has it, for tests that check its types.
func (t *Template) Parsed() *template.Template { return t.parse() }

// Name is the file that the template stands in.
func (t *Template) Name() string { return t.name }

// Render writes the page with a status. Nothing is written where the template fails.
func (t *Template) Render(w http.ResponseWriter, r *Request, status int, page any) error {
	var out bytes.Buffer
	if err := t.parse().Execute(&out, NewFrame(r, page)); err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "Cookie")
	w.WriteHeader(status)
	_, err := w.Write(out.Bytes())
	return err
}

// functions are what templates call beside the methods of Frame.
var functions = template.FuncMap{
	"t":       func(key string, values ...any) string { return texts.English().T(key, values...) },
	"visible": triage.Visible,
	"line":    triage.Line,
	"dict":    dict,
	"state":   stateName,
	"step":    stateStep,
	"query":   url.QueryEscape,
	"join":    strings.Join,
	"pct":     func(share float64) float64 { return 100 * share },
	"share":   func(k, n int) float64 { return 100 * float64(k) / float64(max(n, 1)) },
	"share64": func(k, n int64) float64 { return 100 * float64(k) / float64(max(n, 1)) },
	"bytes":   size,
	"add":     func(a, b int) int { return a + b },
	"plot":    func(svg []byte) template.HTML { return template.HTML(svg) }, //nolint:gosec // drawn by internal/plot from numbers
}

// dict makes a map of pairs, for a part that takes several values.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict takes pairs")
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

func queryEscape(s string) string { return url.QueryEscape(s) }

// errorPage is what the error page shows.
type errorPage struct {
	Code, Title, Text, Hint string
	Yours                   []string // what was written into the form that failed
}

var errorTemplate = NewTemplate(own, "error.html")
