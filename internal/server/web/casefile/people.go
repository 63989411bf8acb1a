package casefile

import (
	"net/http"
	"slices"

	"bugbar/internal/casebook"
	"bugbar/internal/process"
	"bugbar/internal/server/web/site"
)

// People is who may see the case, the embargo, what is known in the world, and who has seen it.
type People struct {
	Common
	Reporter  *casebook.Identity // once asked for
	Statutory []process.Deadline // that run and are met by filing
	Seen      []Entry            // looks, the latest last
}

var peoplePage = site.NewTemplate(folder, "people.html", "head.html", "side.html")

func people(w http.ResponseWriter, r *site.Request) error {
	c, err := common(r, "people")
	if err != nil {
		return err
	}
	v := People{Common: c}
	for _, d := range c.Case.Deadlines {
		if kind, ok := process.Load().Deadline(d.ID); ok && kind.Stop.Filed && d.Met == 0 {
			v.Statutory = append(v.Statutory, kind)
		}
	}
	events, err := r.Site.Book.History(r.Context(), r.Actor, c.Case.ID, max(0, c.Case.Version-historyPageSize), historyPageSize)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Kind == "read" {
			v.Seen = latest(v.Seen, Entry{Event: e, Text: site.Describe(r, e)})
		}
	}
	return peoplePage.Render(w, r, http.StatusOK, v)
}

// latest keeps the last look of each person at each thing.
func latest(seen []Entry, e Entry) []Entry {
	seen = slices.DeleteFunc(seen, func(old Entry) bool { return old.Actor == e.Actor && old.Text == e.Text })
	return append(seen, e)
}

// identity shows who reported, which is itself written down.
func identity(w http.ResponseWriter, r *site.Request) error {
	c, err := common(r, "people")
	if err != nil {
		return err
	}
	who, err := r.Site.Book.Reporter(r.Context(), r.Actor, c.Case.ID)
	if err != nil {
		return err
	}
	return peoplePage.Render(w, r, http.StatusOK, People{Common: c, Reporter: &who})
}
