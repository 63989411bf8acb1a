package casefile

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/site"
	"bugbar/internal/server/web/texts"
)

// Thread is what was written, and what is about to be.
type Thread struct {
	Common
	Messages []casebook.Message
	More     int64 // the number after which more follow; 0 at the end
	Reply    Box   // to the reporter
	Note     Box   // for the team
	Replies  []casebook.Reply
	Chosen   *casebook.Filled // the one of them that is looked at, filled in
	Used     bool             // it stands in the box already
	MayAsk   bool             // a message can also be a question, for whose answer a clock runs
}

// Box is where somebody writes.
type Box struct {
	Text  string
	Kept  int64    // ms: when it was kept as a draft; 0 where it was not
	Since int      // messages of others that came since it was begun
	Wrong string   // why it was not sent
	Left  []string // variables that nobody filled in
}

const threadPageSize = 100

func registerWords(s *site.Site) {
	s.HandleTeam("GET /case/{id}/thread", func(w http.ResponseWriter, r *site.Request) error {
		return showThread(w, r, http.StatusOK, func(*Thread) {})
	})
	s.HandleTeam("POST /case/{id}/write", write)
	s.HandleTeam("POST /case/{id}/draft", keepDraft)
	s.HandleTeam("POST /case/{id}/reply", choose)
}

// showThread shows the thread, once adapt has put into it what a form left.
func showThread(w http.ResponseWriter, r *site.Request, status int, adapt func(*Thread)) error {
	c, err := common(r, "thread")
	if err != nil {
		return err
	}
	v := Thread{Common: c}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // anything else is the beginning
	if v.Messages, err = r.Site.Book.Thread(r.Context(), r.Actor, c.Case.ID, after, threadPageSize); err != nil {
		return err
	}
	if len(v.Messages) == threadPageSize {
		v.More = v.Messages[len(v.Messages)-1].Seq
	}
	for _, o := range c.Options {
		v.MayAsk = v.MayAsk || o.To == "needs-info" && len(o.Obstacles) == 0
	}
	if err := v.begun(r); err != nil {
		return err
	}
	if err := v.replies(r); err != nil {
		return err
	}
	adapt(&v)
	return threadPage.Render(w, r, status, v)
}

// begun puts the reader's drafts into the boxes.
func (v *Thread) begun(r *site.Request) error {
	drafts, err := r.Site.Book.Drafts(r.Context(), r.Actor, v.Case)
	if err != nil {
		return err
	}
	for visibility, box := range map[string]*Box{casebook.ToReporter: &v.Reply, casebook.ToTeam: &v.Note} {
		d, kept := drafts[visibility]
		if !kept {
			continue
		}
		box.Text, box.Kept = d.Text, d.At
		for _, m := range v.Messages {
			if m.Seq > d.Since && m.Author != r.Actor.ID {
				box.Since++
			}
		}
	}
	return nil
}

// replies lists what can be chosen, and fills in what was.
func (v *Thread) replies(r *site.Request) error {
	for _, right := range []casebook.Right{casebook.WriteReporter, casebook.WriteTeam} {
		if r.Site.Book.May(r.Actor, right, v.Case) != nil {
			return nil
		}
	}
	all, err := r.Site.Book.Replies(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	for _, reply := range all {
		if !reply.Retired {
			v.Replies = append(v.Replies, reply)
		}
	}
	name := r.URL.Query().Get("reply")
	if name == "" {
		return nil
	}
	filled, err := r.Site.Book.Fill(r.Context(), r.Actor, v.Case.ID, name, r.Site.URL)
	if err != nil {
		return err
	}
	v.Chosen, v.Used = &filled, r.URL.Query().Get("used") != ""
	return nil
}

// keepDraft keeps what stands in a box: as somebody types, or by its button.
func keepDraft(w http.ResponseWriter, r *site.Request) error {
	id, err := casebook.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	text, done := r.PostFormValue("text"), "draft"
	if r.PostFormValue("discard") != "" {
		text, done = "", "discarded"
	}
	if err := r.Site.Book.KeepDraft(r.Context(), r.Actor, id, r.PostFormValue("visibility"), text); err != nil {
		return err
	}
	if r.Header.Get("HX-Request") != "" { // nobody looks at the answer
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return site.Back(w, r, threadOf(id), done)
}

func threadOf(id casebook.ID) string { return "/case/" + id.String() + "/thread" }

// choose keeps what was typed so far, and shows one of the team's replies for this case, or puts it below.
func choose(w http.ResponseWriter, r *site.Request) error {
	id, err := casebook.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	text, name := strings.TrimSpace(r.PostFormValue("text")), r.PostFormValue("reply")
	to := threadOf(id) + "?reply=" + url.QueryEscape(name) + "#reply"
	if r.PostFormValue("use") != "" {
		filled, err := r.Site.Book.Fill(r.Context(), r.Actor, id, name, r.Site.URL)
		if err != nil {
			return err
		}
		text, to = strings.TrimSpace(text+"\n\n"+filled.Text), threadOf(id)+"?reply="+url.QueryEscape(name)+"&used=1#r"
	}
	if err := r.Site.Book.KeepDraft(r.Context(), r.Actor, id, casebook.ToReporter, text); err != nil {
		return err
	}
	return site.Back(w, r, to, "")
}

// write sends a message. What cannot be sent stays in its box.
func write(w http.ResponseWriter, r *site.Request) error {
	id, err := casebook.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	post := casebook.Post{Visibility: r.PostFormValue("visibility"), Text: r.PostFormValue("text"), Draft: true}
	if left := r.Site.Book.Unfilled(post.Text); len(left) > 0 && post.Visibility == casebook.ToReporter && r.PostFormValue("as-is") == "" {
		return unsent(w, r, post, Box{Text: post.Text, Left: left})
	}
	if r.PostFormValue("ask") != "" && post.Visibility == casebook.ToReporter {
		post.Asks = texts.English().T("thread.asked")
	}
	if _, err := r.Site.Book.Write(r.Context(), r.Write(), id, post); fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return unsent(w, r, post, Box{Text: post.Text, Wrong: err.Error()})
	} else if err != nil {
		return err
	}
	return site.Back(w, r, auth.LocalPath(r.PostFormValue("back"), "/case/"+id.String()), "write")
}

func unsent(w http.ResponseWriter, r *site.Request, post casebook.Post, box Box) error {
	return showThread(w, r, http.StatusUnprocessableEntity, func(v *Thread) {
		if post.Visibility == casebook.ToReporter {
			v.Reply = box
		} else {
			v.Note = box
		}
	})
}
