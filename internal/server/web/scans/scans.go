// Package scans takes in what red-team tools leave: an upload, its progress, and what came of it, case by case.
package scans

import (
	"embed"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/web/site"
	"bugbar/internal/work"
)

//go:embed *.html
var folder embed.FS

var (
	startPage = site.NewTemplate(folder, "start.html")
	taskPage  = site.NewTemplate(folder, "task.html")
)

// Templates are the page's.
var Templates = []*site.Template{startPage, taskPage}

// Pages takes scans in.
type Pages struct {
	files blob.Store
	work  *work.Worker
}

// Register puts the pages at their addresses.
func Register(s *site.Site, files blob.Store, w *work.Worker) {
	p := Pages{files, w}
	s.HandleTeam("GET /import", p.start)
	s.HandleTeam("POST /import", p.take)
	s.HandleTeam("GET /import/{id}", p.show)
}

// Start asks for a file.
type Start struct{ Wrong string }

func (p Pages) start(w http.ResponseWriter, r *site.Request) error {
	if err := r.Site.Book.May(r.Actor, casebook.Import, nil); err != nil {
		return err
	}
	return startPage.Render(w, r, http.StatusOK, Start{})
}

// take keeps the file and starts the import in the background.
func (p Pages) take(w http.ResponseWriter, r *site.Request) error {
	if err := r.Site.Book.May(r.Actor, casebook.Import, nil); err != nil {
		return err
	}
	upload, err := site.ReadUpload(w, r)
	if err != nil {
		return err
	}
	asked, err := p.asked(r, upload)
	if fault.Is(err, fault.Invalid) {
		return startPage.Render(w, r, http.StatusUnprocessableEntity, Start{err.Error()})
	}
	if err != nil {
		return err
	}
	task, err := p.work.Import(r.Context(), casebook.Write{Actor: r.Actor}, asked)
	if err != nil {
		return err
	}
	return site.Back(w, r, "/import/"+task.ID.String(), "")
}

func (p Pages) asked(r *site.Request, upload *site.Upload) (work.ImportAsked, error) {
	asked := work.ImportAsked{Judge: r.FormValue("judge"), Target: r.FormValue("target")}
	if text := r.FormValue("threshold"); text != "" {
		t, err := strconv.ParseFloat(text, 64)
		if err != nil || t < 0 || t > 1 {
			return asked, fault.New(fault.Invalid, "%q is no score", text).In("threshold").Do("a number from 0 to 1")
		}
		asked.Threshold = &t
	}
	if upload.Empty() {
		return asked, fault.New(fault.Invalid, "choose a file").In("files")
	}
	err := upload.Each(func(name string, in io.Reader) error {
		ref, err := p.files.Put(r.Context(), in, blob.MaxFile)
		asked.File, asked.Name = ref.SHA256, name
		return err
	})
	return asked, err
}

// Task is an import under way, or what came of it.
type Task struct {
	casebook.Task
	Asked   work.ImportAsked
	Result  *casebook.Imported
	Percent int
	Going   bool
	Groups  []Group
	Cases   map[casebook.ID]casebook.Summary // as they are now
}

// Group is entries to which the same happened.
type Group struct {
	Key     string
	Entries []casebook.ImportedEntry
}

func (p Pages) show(w http.ResponseWriter, r *site.Request) error {
	id, err := casebook.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	task, err := r.Site.Book.Task(r.Context(), r.Actor, id)
	if err != nil {
		return err
	}
	v := Task{Task: task, Going: task.State == "waiting" || task.State == "running"}
	if err := json.Unmarshal(task.Asked, &v.Asked); err != nil {
		return fault.New(fault.Internal, "task %s: %w", id, err)
	}
	if task.Total > 0 {
		v.Percent = int(100 * task.Done / task.Total)
	}
	if len(task.Result) > 0 {
		v.Result = &casebook.Imported{}
		if err := json.Unmarshal(task.Result, v.Result); err != nil {
			return fault.New(fault.Internal, "task %s: %w", id, err)
		}
		v.Groups = []Group{
			{"appeared", v.Result.Appeared},
			{"came-back", v.Result.CameBack},
			{"updated", v.Result.Updated},
			{"disappeared", v.Result.Vanished},
			{"resisted", v.Result.Resisted},
			{"untried", v.Result.Untried},
		}
		if v.Cases, err = r.Site.Book.Summaries(r.Context(), r.Actor, casesOf(v.Groups)); err != nil {
			return err
		}
	}
	return taskPage.Render(w, r, http.StatusOK, v)
}

// casesOf are the cases of some groups.
func casesOf(groups []Group) []casebook.ID {
	var ids []casebook.ID
	for _, g := range groups {
		for _, e := range g.Entries {
			if e.Case != 0 {
				ids = append(ids, e.Case)
			}
		}
	}
	return ids
}
