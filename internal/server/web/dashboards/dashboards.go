// Package dashboards shows how triage is doing: how long it takes, what it comes to, how far assessors agree, and what
// has been waiting for how long. Each chart has its data as a table and as CSV.
package dashboards

import (
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/web/site"
	"bugbar/internal/server/web/texts"
	"bugbar/measure"
)

//go:embed dashboards.html
var folder embed.FS

// Style is the page's own.
//
//go:embed dashboards.css
var Style []byte

var page = site.NewTemplate(folder, "dashboards.html")

// Templates are the page's.
var Templates = []*site.Template{page}

// Register puts the page at its address.
func Register(s *site.Site) {
	s.HandleTeam("GET /dashboards", show)
	s.HandleTeam("GET /dashboards/{name}", download)
}

// View is all charts, and the two shares that tell whether the bar does its work.
type View struct {
	Charts    []Chart
	Agreement Share
	Reversals Share
	Weeks     int
}

// Share is k of n with its interval.
type Share struct {
	K, N   int64
	Lo, Hi float64 // 0 to 1
}

// Chart is a table that is drawn.
type Chart struct {
	Name    string // of its CSV, and in the catalogue
	Kind    string // line | bar | stack
	Unit    string
	Head    []string
	Rows    [][]string
	Options string // for the script: JSON
}

// Empty says that there is nothing to draw.
func (c Chart) Empty() bool {
	return !slices.ContainsFunc(c.Rows, func(row []string) bool {
		return slices.ContainsFunc(row[1:], func(cell string) bool { return cell != "" && cell != "0" })
	})
}

const weeks = 26

func show(w http.ResponseWriter, r *site.Request) error {
	s, err := r.Site.Book.Statistics(r.Context(), r.Actor, weeks)
	if err != nil {
		return err
	}
	v := View{Weeks: weeks, Agreement: share(s.Agreement), Reversals: share(s.Reversals)}
	for _, c := range charts(s) {
		if c.Options, err = c.options(); err != nil {
			return err
		}
		v.Charts = append(v.Charts, c)
	}
	return page.Render(w, r, http.StatusOK, v)
}

func share(s casebook.Share) Share {
	i := measure.Wilson(int(s.Yes), int(max(s.Of, 1)), measure.Level)
	return Share{K: s.Yes, N: s.Of, Lo: i.Lo, Hi: i.Hi}
}

func charts(s *casebook.Statistics) []Chart {
	return []Chart{times(s), outcomes(s), arrivals(s), backlog(s)}
}

func week(w int64) string { return time.Unix(w*86400, 0).UTC().Format(time.DateOnly) }

// times is how long it takes to acknowledge, triage and fix, in hours.
func times(s *casebook.Statistics) Chart {
	c := Chart{Name: "times", Kind: "line", Unit: "h", Head: []string{"week"}}
	clocks := []string{"acknowledge", "triage", "fix"}
	for _, clock := range clocks {
		c.Head = append(c.Head, clock+" p50", clock+" p90")
	}
	for _, w := range s.Weeks {
		row := []string{week(w)}
		for _, clock := range clocks {
			spread := s.Times[clock][w]
			row = append(row, hours(spread.N, spread.P50), hours(spread.N, spread.P90))
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

func hours(n int64, d time.Duration) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Hours(), 'f', 1, 64)
}

// outcomes is what was assessed, by week.
func outcomes(s *casebook.Statistics) Chart {
	order := []string{"critical", "important", "moderate", "low", "in-scope", "out-of-scope", "unrated", "not-a-vulnerability", "refer-to-other-bar", "reviewer-discretion"}
	c := Chart{Name: "outcomes", Kind: "stack", Head: []string{"week"}}
	var seen []string
	for _, o := range order {
		if slices.ContainsFunc(s.Weeks, func(w int64) bool { return s.Outcomes[w][o] > 0 }) {
			seen = append(seen, o)
			c.Head = append(c.Head, o)
		}
	}
	for _, w := range s.Weeks {
		row := []string{week(w)}
		for _, o := range seen {
			row = append(row, strconv.FormatInt(s.Outcomes[w][o], 10))
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

func arrivals(s *casebook.Statistics) Chart {
	c := Chart{Name: "arrivals", Kind: "bar", Head: []string{"week", "arrived"}}
	for _, w := range s.Weeks {
		c.Rows = append(c.Rows, []string{week(w), strconv.FormatInt(s.Arrived[w], 10)})
	}
	return c
}

// backlog is how many cases have been open for how long.
func backlog(s *casebook.Statistics) Chart {
	c := Chart{Name: "backlog", Kind: "bar", Head: []string{"weeks", "cases"}}
	for _, a := range s.Backlog {
		label := fmt.Sprintf("%d–%d", a.From, a.To)
		if a.To == 0 {
			label = fmt.Sprintf("over %d", a.From)
		}
		c.Rows = append(c.Rows, []string{label, strconv.FormatInt(a.N, 10)})
	}
	return c
}

// options is what the script draws.
func (c Chart) options() (string, error) {
	type series struct {
		Name string     `json:"name"`
		Tint string     `json:"tint,omitempty"` // of the style, where an outcome has one
		Data []*float64 `json:"data"`
	}
	drawn := struct {
		Kind   string   `json:"kind"`
		Unit   string   `json:"unit,omitempty"`
		Labels []string `json:"labels"`
		Series []series `json:"series"`
	}{Kind: c.Kind, Unit: c.Unit, Labels: []string{}, Series: []series{}}
	for column, name := range c.Head {
		if column == 0 {
			for _, row := range c.Rows {
				drawn.Labels = append(drawn.Labels, row[0])
			}
			continue
		}
		s := series{Name: heading(name), Tint: tints[name]}
		for _, row := range c.Rows {
			var value *float64
			if n, err := strconv.ParseFloat(row[column], 64); err == nil {
				value = &n
			}
			s.Data = append(s.Data, value)
		}
		drawn.Series = append(drawn.Series, s)
	}
	data, err := json.Marshal(drawn)
	return string(data), err
}

// tints are the colours that outcomes have on all pages.
var tints = map[string]string{
	"critical": "critical", "important": "important", "moderate": "moderate", "low": "low", "in-scope": "scope", "out-of-scope": "soft",
	"unrated": "none", "not-a-vulnerability": "good", "refer-to-other-bar": "accent", "reviewer-discretion": "ink",
}

// heading words a column.
func heading(name string) string {
	if text := texts.English().T("outcome." + name); text != "outcome."+name {
		return text
	}
	return name
}

// Headings words the columns of a table.
func (c Chart) Headings() []string {
	var all []string
	for _, h := range c.Head {
		all = append(all, heading(h))
	}
	return all
}

// download is a chart's data as CSV.
func download(w http.ResponseWriter, r *site.Request) error {
	s, err := r.Site.Book.Statistics(r.Context(), r.Actor, weeks)
	if err != nil {
		return err
	}
	for _, c := range charts(s) {
		if c.Name+".csv" != r.PathValue("name") {
			continue
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+c.Name+`.csv"`)
		out := csv.NewWriter(w)
		return out.WriteAll(inert(append([][]string{c.Head}, c.Rows...)))
	}
	return fault.New(fault.NotFound, "there is no such table")
}

// inert keeps a program for tables from taking a cell for a formula.
func inert(rows [][]string) [][]string {
	all := make([][]string, len(rows))
	for i, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				cell = "'" + cell
			}
			all[i] = append(all[i], cell)
		}
	}
	return all
}
