package casefile

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/site"
)

// registerForms puts the forms of the case's pages at their addresses. Each does one thing and leads back.
func registerForms(s *site.Site) {
	for name, form := range map[string]func(*site.Request, casebook.Write, casebook.ID) error{
		"fact": setFact, "assign": assign, "move": move, "track": track, "adjust": adjust,
		"approve": approve, "criterion": criterion, "run": recordRun, "embargo": embargo, "flags": flags,
		"name": name, "unname": unname, "acknowledge": acknowledge, "file": file, "quarantine": quarantine, "relate": relate, "merge": merge,
	} {
		s.HandleTeam("POST /case/{id}/"+name, func(w http.ResponseWriter, r *site.Request) error {
			id, err := casebook.ParseID(r.PathValue("id"))
			if err != nil {
				return err
			}
			if err := form(r, writeOf(r), id); err != nil {
				return err
			}
			return site.Back(w, r, auth.LocalPath(r.PostFormValue("back"), "/case/"+id.String()), name)
		})
	}
}

// merge makes a case a part of another one, which takes over the picked findings.
func merge(r *site.Request, w casebook.Write, id casebook.ID) error {
	into, err := casebook.ParseID(r.PostFormValue("into"))
	if err != nil {
		return err
	}
	picked, err := findings(r)
	if err != nil {
		return err
	}
	_, err = r.Site.Book.Merge(r.Context(), w, id, into, picked, strings.TrimSpace(r.PostFormValue("reason")))
	return err
}

// split moves the picked findings into a new case, and leads there.
func split(w http.ResponseWriter, r *site.Request) error {
	id, err := casebook.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	picked, err := findings(r)
	if err != nil {
		return err
	}
	part, err := r.Site.Book.Split(r.Context(), writeOf(r), id, picked, r.PostFormValue("title"))
	if err != nil {
		return err
	}
	return site.Back(w, r, "/case/"+part.ID.String(), "split")
}

// findings are those that were picked, from 0.
func findings(r *site.Request) ([]int, error) {
	var all []int
	for _, text := range r.PostForm["finding"] {
		n, err := site.Number("finding", text)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// writeOf is the change that a form makes: under the revision that its reader saw, once.
func writeOf(r *site.Request) casebook.Write {
	w := r.Write()
	w.Revision, _ = strconv.ParseInt(r.PostFormValue("revision"), 10, 64) // none where the form has none
	return w
}

func finding(r *site.Request) int {
	n, err := strconv.Atoi(r.PostFormValue("finding"))
	if err != nil {
		return 0
	}
	return n
}

func setFact(r *site.Request, w casebook.Write, id casebook.ID) error {
	values := r.PostForm["value"]
	if len(values) == 1 && (values[0] == "" || values[0] == assess.Unknown) {
		values = nil
	}
	w.Revision = 0 // answers to different questions do not disturb each other
	_, err := r.Site.Book.SetFact(r.Context(), w, id, finding(r), r.PostFormValue("point"), assess.Fact{Values: values, Evidence: r.PostFormValue("evidence")})
	return err
}

func assign(r *site.Request, w casebook.Write, id casebook.ID) error {
	to := r.Actor.ID
	switch handle := r.PostFormValue("to"); handle {
	case "me":
	case "":
		to = 0
	default:
		p, err := r.Site.Book.PersonCalled(r.Context(), handle)
		if err != nil {
			return err
		}
		to = p.ID
	}
	w.Revision = 0
	_, err := r.Site.Book.Assign(r.Context(), w, id, to)
	return err
}

func move(r *site.Request, w casebook.Write, id casebook.ID) error {
	target, err := date(r, "target")
	if err != nil {
		return err
	}
	review, err := date(r, "review")
	if err != nil {
		return err
	}
	step := casebook.Step{To: r.PostFormValue("to"), Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	step.Plan = casebook.Plan{Owner: strings.TrimSpace(r.PostFormValue("owner")), Target: target, Review: review, Fix: strings.TrimSpace(r.PostFormValue("fix"))}
	if question := strings.TrimSpace(r.PostFormValue("question")); question != "" {
		step.Reason = question
	}
	if _, err := r.Site.Book.Move(r.Context(), w, id, step); err != nil {
		return err
	}
	if step.To == "needs-info" { // the question reaches the one who is asked
		_, err = r.Site.Book.Write(r.Context(), r.Write(), id, casebook.Post{Visibility: casebook.ToReporter, Text: step.Reason})
	}
	return err
}

// date reads a day, or a moment with its zone, as milliseconds; 0 where none is given.
func date(r *site.Request, field string) (int64, error) {
	text := r.PostFormValue(field)
	if text == "" {
		return 0, nil
	}
	for _, form := range []string{time.DateOnly, "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, fault.New(fault.Invalid, "%q is no date", text).In(field).Do("such as 2026-12-01, or 2026-12-01T15:00 in UTC")
}

func track(r *site.Request, w casebook.Write, id casebook.ID) error {
	_, err := r.Site.Book.SetTrack(r.Context(), w, id, r.PostFormValue("track"))
	return err
}

func adjust(r *site.Request, w casebook.Write, id casebook.ID) error {
	_, err := r.Site.Book.Adjust(r.Context(), w, id, finding(r), r.PostFormValue("outcome"), r.PostFormValue("why"))
	return err
}

func approve(r *site.Request, w casebook.Write, id casebook.ID) error {
	_, err := r.Site.Book.Approve(r.Context(), w, id)
	return err
}

func criterion(r *site.Request, w casebook.Write, id casebook.ID) error {
	n, err := strconv.Atoi(r.PostFormValue("planned"))
	if err != nil {
		return fault.New(fault.Invalid, "no number").In("planned")
	}
	_, err = r.Site.Book.Criterion(r.Context(), w, id, finding(r), r.PostFormValue("criterion"), n)
	return err
}

func recordRun(r *site.Request, w casebook.Write, id casebook.ID) error {
	k, err := strconv.Atoi(r.PostFormValue("successes"))
	if err != nil {
		return fault.New(fault.Invalid, "no number").In("successes")
	}
	n, err := strconv.Atoi(r.PostFormValue("attempts"))
	if err != nil {
		return fault.New(fault.Invalid, "no number").In("attempts")
	}
	run := casebook.Run{Trials: casebook.Trials{Successes: k, Attempts: &n, Judge: r.PostFormValue("judge")}, Target: r.PostFormValue("run-target")}
	_, err = r.Site.Book.RecordRun(r.Context(), w, id, finding(r), run)
	return err
}

func embargo(r *site.Request, w casebook.Write, id casebook.ID) error {
	until, err := date(r, "until")
	if err != nil {
		return err
	}
	_, err = r.Site.Book.SetEmbargo(r.Context(), w, id, casebook.Embargo{Status: r.PostFormValue("status"), Until: until})
	return err
}

func flags(r *site.Request, w casebook.Write, id casebook.ID) error {
	has := func(name string) bool { return r.PostFormValue(name) != "" }
	_, err := r.Site.Book.SetFlags(r.Context(), w, id, casebook.Flags{Public: has("public"), Exploit: has("exploit"), Attacks: has("attacks")})
	return err
}

func participant(r *site.Request) (casebook.Participant, error) {
	p, err := r.Site.Book.PersonCalled(r.Context(), strings.TrimSpace(r.PostFormValue("person")))
	if err != nil {
		return casebook.Participant{}, err
	}
	return casebook.Participant{Person: p.ID, Role: r.PostFormValue("role")}, nil
}

func name(r *site.Request, w casebook.Write, id casebook.ID) error {
	p, err := participant(r)
	if err != nil {
		return err
	}
	_, err = r.Site.Book.Name(r.Context(), w, id, p)
	return err
}

func unname(r *site.Request, w casebook.Write, id casebook.ID) error {
	p, err := participant(r)
	if err != nil {
		return err
	}
	_, err = r.Site.Book.Unname(r.Context(), w, id, p)
	return err
}

func acknowledge(r *site.Request, w casebook.Write, id casebook.ID) error {
	w.Revision = 0
	_, err := r.Site.Book.Acknowledge(r.Context(), w, id)
	return err
}

func file(r *site.Request, w casebook.Write, id casebook.ID) error {
	_, err := r.Site.Book.File(r.Context(), w, id, r.PostFormValue("deadline"), r.PostFormValue("reference"))
	return err
}

func quarantine(r *site.Request, w casebook.Write, id casebook.ID) error {
	_, err := r.Site.Book.Quarantine(r.Context(), w, id, r.PostFormValue("reason"))
	return err
}
