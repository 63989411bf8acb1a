// Package queue is the list of cases: what needs somebody now, ordered by the nearest clock, found by words and
// filters that stand in the address.
package queue

import (
	"embed"
	"net/http"
	"net/url"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/web/site"
)

//go:embed queue.html
var folder embed.FS

// Style is the page's own.
//
//go:embed queue.css
var Style []byte

var list = site.NewTemplate(folder, "queue.html")

// Templates are the page's.
var Templates = []*site.Template{list}

// Register puts the page at its address.
func Register(s *site.Site) {
	s.HandleTeam("GET /queue", show)
	s.HandleTeam("POST /queue/view", keep)
}

// View is what the page shows.
type View struct {
	Query   string // as typed
	Wrong   string // what of it could not be used
	Hint    string
	Cases   []casebook.Summary
	Seen    map[casebook.ID]int64 // how far the reader has read them
	Count   casebook.Number
	Next    string // the address of the next page
	First   string // the address of the first one, where this is another
	Presets []Preset
	Views   []casebook.View // the reader's own
	Kept    string          // the name under which this search is kept
}

// Preset is a search that is one click away.
type Preset struct {
	Key, Query string
	Open       bool
}

// presets are the searches that a triager makes all day; an administrator's own stand beside them.
var presets = []Preset{
	{Key: "queue.preset.now", Query: "is:active"},
	{Key: "queue.preset.mine", Query: "is:active assignee:me"},
	{Key: "queue.preset.new", Query: "state:received"},
	{Key: "queue.preset.replied", Query: "is:active waiting:team"},
	{Key: "queue.preset.due", Query: "is:active due:<2d"},
	{Key: "queue.preset.unassigned", Query: "is:active is:unassigned"},
	{Key: "queue.preset.embargo", Query: "is:embargoed"},
	{Key: "queue.preset.closed", Query: "is:closed sort:updated"},
}

func show(w http.ResponseWriter, r *site.Request) error {
	typed := strings.TrimSpace(r.URL.Query().Get("q"))
	if typed == "" {
		typed = presets[0].Query
	}
	v := View{Query: typed}
	for _, p := range presets {
		p.Open = p.Query == typed
		v.Presets = append(v.Presets, p)
	}
	var err error
	if v.Views, err = r.Site.Book.Views(r.Context(), r.Actor); err != nil {
		return err
	}
	for _, own := range v.Views {
		if own.Query == typed {
			v.Kept = own.Name
		}
	}
	q, err := casebook.ParseQuery(typed)
	if fault.Is(err, fault.Invalid) {
		v.Wrong = strings.TrimPrefix(err.Error(), "q: ") // there is one field
		if h, ok := err.(interface{ Hint() string }); ok {
			v.Hint = h.Hint()
		}
		return list.Render(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	q.After = r.URL.Query().Get("after")
	page, err := r.Site.Book.List(r.Context(), r.Actor, q)
	if err != nil {
		return err
	}
	if v.Count, err = r.Site.Book.Count(r.Context(), r.Actor, q); err != nil {
		return err
	}
	v.Cases = page.Cases
	if v.Seen, err = r.Site.Book.Visits(r.Context(), r.Actor, page.Cases); err != nil {
		return err
	}
	if page.Next != "" {
		v.Next = address(typed, page.Next)
	}
	if q.After != "" {
		v.First = address(typed, "")
	}
	return list.Render(w, r, http.StatusOK, v)
}

// News says what of a case the reader has not seen: all of it, or what changed since.
func (v View) News(c casebook.Summary) string {
	switch seen, opened := v.Seen[c.ID]; {
	case !opened:
		return "queue.unseen"
	case seen < c.Revision:
		return "queue.changed"
	}
	return ""
}

func address(query, after string) string {
	values := url.Values{"q": {query}}
	if after != "" {
		values.Set("after", after)
	}
	return "/queue?" + values.Encode()
}

// keep keeps a search under a name, or forgets it.
func keep(w http.ResponseWriter, r *site.Request) error {
	query := strings.TrimSpace(r.PostFormValue("q"))
	v := casebook.View{Name: r.PostFormValue("name"), Query: query}
	if r.PostFormValue("forget") != "" {
		v.Query = ""
	}
	if err := r.Site.Book.KeepView(r.Context(), r.Actor, v); err != nil {
		return err
	}
	return site.Back(w, r, address(query, ""), "")
}
