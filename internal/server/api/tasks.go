package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/work"
)

// Task is work in the background.
type Task struct {
	ID      ID        `json:"id"`
	Kind    string    `json:"kind" enum:"import,reassess"`
	State   string    `json:"state" enum:"waiting,running,done,failed"`
	Done    int64     `json:"done" doc:"How much of total is done."`
	Total   int64     `json:"total" doc:"0 where it is not known yet."`
	Result  any       `json:"result,omitempty" doc:"What it came to, once it is done."`
	Error   string    `json:"error,omitempty" doc:"Why it failed."`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

type oneTask struct {
	Location string `header:"Location" doc:"Where to look how far it is."`
	Replayed string `header:"Idempotent-Replayed" doc:"true where the write was carried out before."`
	Body     Task
}

func taskFrom(t casebook.Task) Task {
	out := Task{ID: ID(t.ID), Kind: t.Kind, State: t.State, Done: t.Done, Total: t.Total, Error: t.Error, Created: at(t.Created), Updated: at(t.Updated)}
	if len(t.Result) > 0 {
		out.Result = json.RawMessage(t.Result)
	}
	return out
}

func accepted(w casebook.Write, t casebook.Task) *oneTask {
	return &oneTask{Location: Base + "/tasks/" + t.ID.String(), Replayed: replayed(w), Body: taskFrom(t)}
}

// importAsked is the output of a scanner. Its bytes are the body.
type importAsked struct {
	Terms
	Name   string `query:"name" required:"true" maxLength:"500" doc:"The file's name: it tells of the format."`
	Judge  string `query:"judge" maxLength:"200" doc:"Count only what this detector, scorer or metric says."`
	Target string `query:"target" maxLength:"200" doc:"The target, for files that do not name it."`
	Worked string `query:"worked" maxLength:"200" doc:"The Inspect score that means the attack worked."`
}

// NewEdition asks for another edition of the bar.
type NewEdition struct {
	Bar string `json:"bar" minLength:"1" maxLength:"200" doc:"NAME@EDITION."`
}

// Rejudgement is what another edition makes of a case.
type Rejudgement struct {
	Case    *ID    `json:"case,omitempty"`
	Title   string `json:"title"`
	Bar     string `json:"bar" doc:"By which it is judged now."`
	From    string `json:"from"`
	To      string `json:"to"`
	Problem string `json:"problem,omitempty" doc:"Why the new edition cannot judge it."`
}

// maxRejudgements bounds the answer to what would change.
const maxRejudgements = 1000

func tasks(a *API) {
	const tag = "Tasks"
	in := route{
		id: "import", method: http.MethodPost, path: "/imports", tag: tag, status: http.StatusAccepted, summary: "Import the output of a scanner, or reports",
		text: "The body is the file, of at most 100 MiB. It is read in the background: look at the task's Location for what became of it. What it found before is updated, and people's decisions stay.",
	}
	plain(a, in, a.importFile)
	a.huma.OpenAPI().Paths[Base+in.path].Post.RequestBody = &huma.RequestBody{
		Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}
	plain(a, route{id: "get-task", method: http.MethodGet, path: "/tasks/{task}", tag: tag, summary: "How far a task is, and what it came to"},
		func(ctx context.Context, actor casebook.Actor, in *struct {
			Task string `path:"task" maxLength:"40" doc:"Its id."`
		},
		) (*shown[Task], error) {
			id, err := casebook.ParseID(in.Task)
			if err != nil {
				return nil, fault.New(fault.NotFound, "there is no such task")
			}
			t, err := a.Book.Task(ctx, actor, id)
			return &shown[Task]{taskFrom(t)}, err
		})
	plain(a, route{
		id: "would-change", method: http.MethodGet, path: "/reassessments", tag: tag, summary: "What another edition of the bar would change",
		text: "Of the open cases that you may see, at most 1000. Changes nothing.",
	}, a.wouldChange)
	plain(a, route{
		id: "reassess", method: http.MethodPost, path: "/reassessments", tag: tag, status: http.StatusAccepted, fresh: true, summary: "Bring another edition of the bar into force, and move open cases to it",
		text: "Look at what it would change before. Cases keep a person's adjustment.",
	}, func(ctx context.Context, _ casebook.Actor, in *struct {
		Terms
		Body NewEdition
	},
	) (*oneTask, error) {
		if a.Work == nil {
			return nil, noWorker()
		}
		w, err := in.write(ctx, in.Body)
		if err != nil {
			return nil, err
		}
		b, err := a.barOr(ctx, in.Body.Bar)
		if err != nil {
			return nil, err
		}
		t, err := a.Work.Reassess(ctx, w, work.ReassessAsked{Bar: b.Ref()})
		if err != nil {
			return nil, err
		}
		return accepted(w, t), nil
	})
}

func (a *API) importFile(ctx context.Context, actor casebook.Actor, in *importAsked) (*oneTask, error) {
	if a.Work == nil {
		return nil, noWorker()
	}
	if err := a.Book.May(actor, casebook.Import, nil); err != nil {
		return nil, err // before the file is taken in
	}
	f, err := a.take(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	w, err := in.write(ctx, f)
	if err != nil {
		return nil, err
	}
	t, err := a.Work.Import(ctx, w, work.ImportAsked{File: f.SHA256, Name: f.Name, Judge: in.Judge, Target: in.Target, Worked: in.Worked})
	if err != nil {
		return nil, err
	}
	return accepted(w, t), nil
}

func (a *API) wouldChange(ctx context.Context, actor casebook.Actor, in *struct {
	Bar string `query:"bar" required:"true" maxLength:"200" doc:"NAME@EDITION."`
},
) (*listed[Rejudgement], error) {
	b, err := a.barOr(ctx, in.Bar)
	if err != nil {
		return nil, err
	}
	var all []Rejudgement
	err = a.Book.WouldChange(ctx, actor, b.Ref(), func(c casebook.Rejudgement) error {
		if len(all) < maxRejudgements {
			all = append(all, Rejudgement{idOf(c.Case), c.Title, c.Bar, c.From, c.To, c.Problem})
		}
		return nil
	})
	return list(all), err
}
