// Package bulk changes several cases at once: first it says what would change and whom it would concern, then it
// does so, case by case and event by event like everything else, and what was done can be undone.
package bulk

import (
	"embed"
	"net/http"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/site"
)

//go:embed bulk.html
var folder embed.FS

var page = site.NewTemplate(folder, "bulk.html")

// Templates are the page's.
var Templates = []*site.Template{page}

// maxCases bounds how many cases are changed at once.
const maxCases = 200

// Register puts the page at its address.
func Register(s *site.Site) {
	s.HandleTeam("POST /bulk", plan)
	s.HandleTeam("POST /bulk/do", do)
	s.HandleTeam("POST /bulk/undo", undo)
}

// View is what is about to change, or what did.
type View struct {
	Back    string
	Lines   []Line
	Team    []*casebook.Person
	Act     Act
	Dry     bool
	Done    bool
	Changed int
	Undo    []string // CASE=WHAT, what takes it back
}

// Act is the change that is wanted.
type Act struct {
	Kind   string // assign | move
	To     string
	Reason string
}

// Line is one case with what would become of it.
type Line struct {
	Case  *casebook.Case
	What  string // what changes; empty for nothing
	Wrong string // why it cannot
}

func read(r *site.Request) (View, error) {
	v := View{Back: auth.LocalPath(r.PostFormValue("back"), "/queue"), Act: Act{r.PostFormValue("act"), r.PostFormValue("to"), strings.TrimSpace(r.PostFormValue("reason"))}}
	if v.Act.Kind == "move" {
		v.Act.To = r.PostFormValue("state")
	}
	picked := r.PostForm["case"]
	if len(picked) == 0 || len(picked) > maxCases {
		return v, fault.New(fault.Invalid, "%d cases are picked, and 1 to %d can be changed at once", len(picked), maxCases).In("case")
	}
	team, err := r.Site.Book.People(r.Context(), r.Actor)
	if err != nil {
		return v, err
	}
	v.Team = team
	for _, text := range picked {
		id, err := casebook.ParseID(text)
		if err != nil {
			return v, err
		}
		c, err := r.Site.Book.Case(r.Context(), r.Actor, id)
		if err != nil {
			return v, err
		}
		v.Lines = append(v.Lines, Line{Case: c})
	}
	return v, nil
}

// plan says what would change.
func plan(w http.ResponseWriter, r *site.Request) error {
	v, err := read(r)
	if err != nil {
		return err
	}
	v.Dry = v.Act.Kind != ""
	for i := range v.Lines {
		v.Lines[i].What, v.Lines[i].Wrong = would(r, v.Act, v.Lines[i].Case)
	}
	return page.Render(w, r, http.StatusOK, v)
}

// would is what an act would change of a case, or why it cannot.
func would(r *site.Request, a Act, c *casebook.Case) (what, wrong string) {
	switch a.Kind {
	case "assign":
		if err := r.Site.Book.May(r.Actor, casebook.Assign, c); err != nil {
			return "", err.Error()
		}
		if r.Site.Book.HandleOf(r.Context(), c.Assignee) == a.To {
			return "", ""
		}
		return handle(r, c.Assignee) + " → " + a.To, ""
	case "move":
		if c.State == a.To {
			return "", ""
		}
		obstacles, err := r.Site.Book.WhyNot(r.Actor, c, a.To)
		if err != nil {
			return "", err.Error()
		}
		for _, o := range obstacles {
			wrong += o.Text + " "
		}
		return c.State + " → " + a.To, strings.TrimSpace(wrong)
	}
	return "", ""
}

func handle(r *site.Request, id casebook.ID) string {
	if h := r.Site.Book.HandleOf(r.Context(), id); h != "" {
		return h
	}
	return "nobody"
}

// do carries the act out on every case where nothing stands against it.
func do(w http.ResponseWriter, r *site.Request) error {
	v, err := read(r)
	if err != nil {
		return err
	}
	v.Done = true
	for i := range v.Lines {
		l := &v.Lines[i]
		if l.What, l.Wrong = would(r, v.Act, l.Case); l.What == "" || l.Wrong != "" {
			continue
		}
		back := l.Case.ID.String() + "=" + before(r, v.Act, l.Case)
		if err := carry(r, v.Act, l.Case.ID); err != nil {
			l.Wrong = err.Error()
			continue
		}
		v.Changed++
		v.Undo = append(v.Undo, back)
	}
	return page.Render(w, r, http.StatusOK, v)
}

// before is what takes an act back.
func before(r *site.Request, a Act, c *casebook.Case) string {
	if a.Kind == "move" {
		return c.State
	}
	return r.Site.Book.HandleOf(r.Context(), c.Assignee)
}

func carry(r *site.Request, a Act, id casebook.ID) error {
	if a.Kind == "move" {
		_, err := r.Site.Book.Move(r.Context(), r.Write(), id, casebook.Step{To: a.To, Reason: a.Reason})
		return err
	}
	var to casebook.ID
	if a.To != "" && a.To != "nobody" {
		p, err := r.Site.Book.PersonCalled(r.Context(), a.To)
		if err != nil {
			return err
		}
		to = p.ID
	}
	_, err := r.Site.Book.Assign(r.Context(), r.Write(), id, to)
	return err
}

// undo takes an act back, as far as the process has a way back.
func undo(w http.ResponseWriter, r *site.Request) error {
	v := View{Back: auth.LocalPath(r.PostFormValue("back"), "/queue"), Act: Act{Kind: r.PostFormValue("act"), Reason: "Taken back."}, Done: true}
	for _, pair := range r.PostForm["undo"] {
		text, to, _ := strings.Cut(pair, "=")
		id, err := casebook.ParseID(text)
		if err != nil {
			return err
		}
		c, err := r.Site.Book.Case(r.Context(), r.Actor, id)
		if err != nil {
			return err
		}
		act := Act{v.Act.Kind, to, v.Act.Reason}
		l := Line{Case: c}
		if err := carry(r, act, id); err != nil {
			l.Wrong = err.Error()
		} else {
			l.What = "↩ " + to
			v.Changed++
		}
		v.Lines = append(v.Lines, l)
	}
	return page.Render(w, r, http.StatusOK, v)
}
