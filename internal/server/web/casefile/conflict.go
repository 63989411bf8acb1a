package casefile

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/process"
	"bugbar/internal/server/web/site"
	"bugbar/internal/server/web/texts"
)

// Conflict shows what others changed since a form was opened, beside what its writer was about to do. Nothing of it is lost:
// it can be done on top of theirs, or dropped.
type Conflict struct {
	Common
	Form    string // its name
	Changes []Changed
	Mine    []Changed // what the form makes of fields that nobody else touched
	Typed   []Typed
	Kept    url.Values // what else the form said
	Back    string
}

// Changed is a field with its values, in words.
type Changed struct {
	casebook.FieldChange
	Name     string
	Mine     string // what the form makes of it; empty where it does not say
	Collides bool
}

// Typed is something that was typed.
type Typed struct {
	Name, Label, Value string
	Long               bool
}

var conflictPage = site.NewTemplate(folder, "conflict.html", "head.html")

// labels name what people type into forms, in the order of the page. What is no longer than a line stands in a line.
var labels = []Typed{
	{Name: "reason", Label: "ask.reason", Long: true},
	{Name: "question", Label: "ask.question", Long: true},
	{Name: "why", Label: "ask.reason", Long: true},
	{Name: "criterion", Label: "evidence.criterion", Long: true},
	{Name: "planned", Label: "evidence.attempts"},
	{Name: "successes", Label: "evidence.successes"},
	{Name: "attempts", Label: "evidence.of"},
	{Name: "judge", Label: "evidence.judge"},
	{Name: "run-target", Label: "evidence.target"},
	{Name: "owner", Label: "ask.owner"},
	{Name: "target", Label: "ask.target"},
	{Name: "review", Label: "ask.review"},
	{Name: "fix", Label: "ask.fix"},
	{Name: "until", Label: "people.until-utc"},
	{Name: "person", Label: "people.handle"},
	{Name: "title", Label: "report.f.title"},
}

// conflict answers a form that others overtook. Any other failure is left to the frame.
func (f resting) conflict(w http.ResponseWriter, r *site.Request, form string, failed error) error {
	if !errors.Is(failed, casebook.ErrStale) || f == nil {
		return failed
	}
	c, err := common(r, "")
	if err != nil {
		return err
	}
	seen, _ := strconv.ParseInt(r.PostFormValue("revision"), 10, 64) // it was read before
	changes, err := r.Site.Book.Changes(r.Context(), r.Actor, c.Case.ID, seen)
	if err != nil {
		return err
	}
	v := Conflict{Common: c, Form: form, Back: backOf(r, c.Case.ID)}
	v.Typed, v.Kept = typed(r.PostForm)
	if v.compare(r, changes, f(r)) && len(v.Typed) == 0 {
		return site.Back(w, r, v.Back, form) // others did the same: there is nothing left to do
	}
	return conflictPage.Render(w, r, http.StatusConflict, v)
}

// typed parts what was typed from what a form says otherwise.
func typed(form url.Values) (all []Typed, kept url.Values) {
	kept = maps.Clone(form)
	delete(kept, "revision")
	for _, t := range labels {
		if t.Value = strings.TrimSpace(form.Get(t.Name)); t.Value != "" {
			all = append(all, t)
			delete(kept, t.Name)
		}
	}
	return all, kept
}

// compare puts their changes and those of the form side by side, and says whether all that collides was made the same.
func (v *Conflict) compare(r *site.Request, changes []casebook.FieldChange, mine map[string]string) bool {
	same := len(changes) > 0
	open := maps.Clone(mine)
	for _, change := range changes {
		c := Changed{FieldChange: change, Name: v.name(r, change.Field), Mine: v.words(r, change.Field, mine[change.Field]), Collides: touches(change.Field, mine)}
		c.Old, c.New = v.words(r, change.Field, change.Old), v.words(r, change.Field, change.New)
		same = same && (!c.Collides || c.Mine != "" && (c.Mine == c.New || c.New == c.Mine+" (confirmed)"))
		delete(open, change.Field)
		v.Changes = append(v.Changes, c)
	}
	slices.SortStableFunc(v.Changes, func(x, y Changed) int { return rank(x.Collides) - rank(y.Collides) })
	for _, field := range slices.Sorted(maps.Keys(open)) {
		if open[field] != "" {
			v.Mine = append(v.Mine, Changed{Name: v.name(r, field), Mine: v.words(r, field, open[field])})
		}
	}
	return same
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

// touches says whether a field is one of those that a form rests on, or a part of one.
func touches(field string, rests map[string]string) bool {
	for name := range rests {
		if field == name || strings.HasPrefix(field, name+".") {
			return true
		}
	}
	return false
}

// name is what people call a field.
func (v *Conflict) name(r *site.Request, field string) string {
	kind, rest, _ := strings.Cut(field, ".")
	name := texts.English().T("field." + kind)
	switch kind {
	case "flag":
		return texts.English().T("people." + rest)
	case "person":
		return name + " " + person(r, rest)
	case "link", "pending":
		if id, err := casebook.ParseID(rest); err == nil && id == 0 {
			return texts.English().T("duplicates.hidden")
		}
		return name + " " + rest
	}
	number, point, _ := strings.Cut(rest, ".")
	if p, _ := v.Bar.Point(point); p != nil {
		name = p.Name
	}
	if n, err := strconv.Atoi(number); err == nil && len(v.Findings) > 1 {
		name = texts.English().T("casefile.finding", n+1) + ": " + name
	}
	return name
}

// words are a field's value as people read it.
func (v *Conflict) words(r *site.Request, field, value string) string {
	if value == "" {
		return ""
	}
	switch kind, _, _ := strings.Cut(field, "."); kind {
	case "state":
		if s, known := process.Load().State(value); known {
			return s.Name
		}
	case "assignee", "approver":
		return person(r, value)
	case "outcome", "verdict", "adjusted":
		return texts.English().T("outcome." + value)
	case "embargo":
		return texts.English().T("embargo." + value)
	case "track":
		return texts.English().T("track." + value)
	case "waiting":
		return texts.English().T("waiting." + value)
	case "link":
		return texts.English().T("link." + value)
	case "until", "target", "review", "heard":
		if ms, err := strconv.ParseInt(value, 10, 64); err == nil {
			return site.NewFrame(r, nil).Time(ms).Exact
		}
	}
	return value
}

// person is the handle behind an id.
func person(r *site.Request, id string) string {
	p, err := casebook.ParseID(id)
	if err != nil {
		return id
	}
	if handle := site.NewFrame(r, nil).Person(p); handle != "" {
		return handle
	}
	return texts.English().T("person.outside")
}
