// Package replies is the texts that the team often sends to reporters: everybody of the team reads them, and managers
// word them.
package replies

import (
	"embed"
	"errors"
	"net/http"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/process"
	"bugbar/internal/server/web/site"
)

//go:embed *.html
var folder embed.FS

// Style is the page's own.
//
//go:embed replies.css
var Style []byte

var (
	listPage = site.NewTemplate(folder, "list.html")
	editPage = site.NewTemplate(folder, "edit.html")
)

// Templates are the page's.
var Templates = []*site.Template{listPage, editPage}

// Register puts the pages at their addresses.
func Register(s *site.Site) {
	s.HandleTeam("GET /replies", list)
	s.HandleTeam("GET /replies/edit", edit)
	s.HandleTeam("POST /replies/edit", save)
	s.HandleTeam("POST /replies/retire", retire)
}

// List is all replies.
type List struct {
	Replies []casebook.Reply
	Retired []casebook.Reply
}

func list(w http.ResponseWriter, r *site.Request) error {
	all, err := r.Site.Book.Replies(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	var v List
	for _, reply := range all {
		if reply.Retired {
			v.Retired = append(v.Retired, reply)
		} else {
			v.Replies = append(v.Replies, reply)
		}
	}
	return listPage.Render(w, r, http.StatusOK, v)
}

// Edit is a reply while somebody words it.
type Edit struct {
	Name, Body string
	Known      bool // it is there already: its name stays
	Variables  []process.Variable
	Wrong      string
	Hint       string
	Example    *casebook.Filled // as it looks when everything is known
}

// Title is what the reply is called.
func (v Edit) Title() string { return casebook.Reply{Name: v.Name}.Title() }

func edit(w http.ResponseWriter, r *site.Request) error {
	if err := r.Site.Book.May(r.Actor, casebook.ManageReplies, nil); err != nil {
		return err
	}
	name := r.URL.Query().Get("name")
	if name == "" {
		return show(w, r, http.StatusOK, Edit{})
	}
	all, err := r.Site.Book.Replies(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	for _, reply := range all {
		if reply.Name == name {
			return preview(w, r, Edit{Name: reply.Name, Body: reply.Body, Known: true})
		}
	}
	return fault.New(fault.NotFound, "there is no such reply")
}

func show(w http.ResponseWriter, r *site.Request, status int, v Edit) error {
	v.Variables = r.Site.Book.Process().Variables
	return editPage.Render(w, r, status, v)
}

// preview shows a reply on an example, or what is wrong with it.
func preview(w http.ResponseWriter, r *site.Request, v Edit) error {
	name := v.Name
	if name == "" {
		name = "new" // it is looked at before it is called anything
	}
	filled, err := r.Site.Book.Example(casebook.Reply{Name: name, Body: v.Body})
	if err == nil {
		v.Example = &filled
	} else if !v.wrong(err) {
		return err
	}
	return show(w, r, http.StatusOK, v)
}

// wrong takes up what is wrong with what was typed; it says whether that is all.
func (v *Edit) wrong(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Invalid {
		return false
	}
	v.Wrong, v.Hint = f.Error(), f.Hint()
	return true
}

func save(w http.ResponseWriter, r *site.Request) error {
	v := Edit{Name: nameOf(r.PostFormValue("name")), Body: r.PostFormValue("body"), Known: r.PostFormValue("known") != ""}
	if err := r.Site.Book.May(r.Actor, casebook.ManageReplies, nil); err != nil {
		return err
	}
	if r.PostFormValue("preview") != "" {
		return preview(w, r, v)
	}
	err := r.Site.Book.SetReply(r.Context(), r.Write(), casebook.Reply{Name: v.Name, Body: v.Body})
	if err != nil && v.wrong(err) {
		return show(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return site.Back(w, r, "/replies", "reply")
}

// nameOf makes a name of what people type for one: Needs evidence is needs-evidence.
func nameOf(typed string) string {
	return strings.ToLower(strings.Join(strings.Fields(typed), "-"))
}

func retire(w http.ResponseWriter, r *site.Request) error {
	if err := r.Site.Book.RetireReply(r.Context(), r.Write(), r.PostFormValue("name")); err != nil {
		return err
	}
	return site.Back(w, r, "/replies", "retired")
}
