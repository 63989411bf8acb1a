package casefile

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/site"
)

// form is a form of the case's pages. It does one thing, and rests on what its writer looked at to fill it in.
type form struct {
	do    func(*site.Request, casebook.Write, casebook.ID) error
	rests resting // nil: on nothing, and it always goes through
	to    string  // where it leads; empty: back to where it was filled in
}

// resting lists the fields of a case (casebook.FieldChange) that a form rests on, with what it makes of them where it says so.
type resting func(*site.Request) map[string]string

// forms are all by their names. Somebody else's change holds a form up only where both touch the same thing:
var forms = map[string]form{
	// To say something, to note that something was done, and to take something out of sight disturbs nobody, and must not wait.
	"acknowledge": {do: acknowledge}, "file": {do: file}, "unname": {do: unname},
	// Whoever puts a case in quarantine may not be one who sees it then.
	"quarantine": {do: quarantine, to: "/queue"},
	// Answers to different questions do not disturb each other.
	"fact":   {do: setFact, rests: restsOnFact},
	"assign": {do: assign, rests: restsOnAssignee},
	"track":  {do: track, rests: func(r *site.Request) map[string]string { return map[string]string{"track": r.PostFormValue("track")} }},
	// To move a case is to judge it: by the outcome, and by all that its reporter said. What the team wrote can be read later.
	"move": {do: move, rests: func(r *site.Request) map[string]string {
		return with(map[string]string{"state": r.PostFormValue("to")}, "outcome", "verdict", "adjusted", "approval", "track", "heard", "owner", "target", "review", "fix")
	}},
	// Another outcome, and the second person's yes, are about the facts as they were seen.
	"adjust":  {do: adjust, rests: restsOnFinding(map[string]string{"adjusted": "outcome", "why": "why"}, "fact", "verdict", "runs", "evidence")},
	"approve": {do: approve, rests: on("approval", "approver", "outcome", "fact", "verdict", "adjusted", "why", "runs", "evidence", "findings", "bar")},
	// A criterion is said before anything is tried, and a run is held to the criterion that was read.
	"criterion": {do: criterion, rests: restsOnFinding(map[string]string{"criterion": "criterion", "planned": "planned"}, "runs")},
	"run":       {do: recordRun, rests: restsOnFinding(nil, "criterion")},
	"embargo": {do: embargo, rests: func(r *site.Request) map[string]string {
		return with(map[string]string{"embargo": r.PostFormValue("status")}, "until")
	}},
	"flags": {do: flags, rests: restsOnFlags},
	// Whoever is named learns of the case: under an embargo that was not there, that is another thing.
	"name":   {do: name, rests: on("embargo")},
	"relate": {do: relate, rests: restsOnOther},
	"merge":  {do: merge, rests: on("state", "outcome", "findings", "heard", "fact")},
}

// registerForms puts the forms of the case's pages at their addresses. Each leads back.
func registerForms(s *site.Site) {
	for name, f := range forms {
		s.HandleTeam("POST /case/{id}/"+name, func(w http.ResponseWriter, r *site.Request) error {
			id, err := casebook.ParseID(r.PathValue("id"))
			if err != nil {
				return err
			}
			if err := f.do(r, writeOf(r, f.rests), id); err != nil {
				return f.rests.conflict(w, r, name, err)
			}
			return site.Back(w, r, cmp.Or(f.to, backOf(r, id)), name)
		})
	}
}

// backOf is where a form leads.
func backOf(r *site.Request, id casebook.ID) string {
	return auth.LocalPath(r.PostFormValue("back"), "/case/"+id.String())
}

// on rests on fields, and says nothing of what becomes of them.
func on(fields ...string) resting {
	return func(*site.Request) map[string]string { return with(map[string]string{}, fields...) }
}

func with(made map[string]string, fields ...string) map[string]string {
	for _, f := range fields {
		made[f] = ""
	}
	return made
}

func restsOnFact(r *site.Request) map[string]string {
	values := r.PostForm["value"]
	if len(values) == 1 && values[0] == "" {
		values = []string{assess.Unknown}
	}
	return map[string]string{fmt.Sprintf("fact.%d.%s", finding(r), r.PostFormValue("point")): strings.Join(values, " or "), "findings": ""}
}

// restsOnFinding rests on fields of the finding that the form names: on those that it sets, by the names that the form has
// for them, and on others.
func restsOnFinding(sets map[string]string, others ...string) resting {
	return func(r *site.Request) map[string]string {
		n := fmt.Sprintf(".%d", finding(r))
		all := map[string]string{"findings": ""} // what is split off or added may change which one it is
		for field, input := range sets {
			all[field+n] = r.PostFormValue(input)
		}
		for _, field := range others {
			all[field+n] = ""
		}
		return all
	}
}

func restsOnFlags(r *site.Request) map[string]string {
	all := map[string]string{}
	for _, name := range []string{"public", "exploit", "attacks"} {
		all["flag."+name] = "no"
		if r.PostFormValue(name) != "" {
			all["flag."+name] = "yes"
		}
	}
	return all
}

func restsOnOther(r *site.Request) map[string]string {
	other := r.PostFormValue("other")
	return map[string]string{"pending." + other: "", "link." + other: r.PostFormValue("kind")}
}

func restsOnAssignee(r *site.Request) map[string]string {
	to, err := assignee(r)
	if err != nil || to == 0 {
		return map[string]string{"assignee": ""}
	}
	return map[string]string{"assignee": to.String()}
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
	rests := on("findings", "fact")
	part, err := r.Site.Book.Split(r.Context(), writeOf(r, rests), id, picked, r.PostFormValue("title"))
	if err != nil {
		return rests.conflict(w, r, "split", err)
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

// writeOf is the change that a form makes: under the revision that its reader saw, as far as the form rests on it.
func writeOf(r *site.Request, rests resting) casebook.Write {
	w := r.Write()
	if rests == nil {
		return w
	}
	seen, _ := strconv.ParseUint(r.PostFormValue("revision"), 10, 63) // none where the form has none
	w.Revision, w.About = int64(seen), slices.Sorted(maps.Keys(rests(r)))
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
	_, err := r.Site.Book.SetFact(r.Context(), w, id, finding(r), r.PostFormValue("point"), assess.Fact{Values: values, Evidence: r.PostFormValue("evidence")})
	return err
}

// assignee is whom a form gives the case to; 0 for nobody.
func assignee(r *site.Request) (casebook.ID, error) {
	switch handle := r.PostFormValue("to"); handle {
	case "me":
		return r.Actor.ID, nil
	case "":
		return 0, nil
	default:
		p, err := r.Site.Book.PersonCalled(r.Context(), handle)
		if err != nil {
			return 0, err
		}
		return p.ID, nil
	}
}

func assign(r *site.Request, w casebook.Write, id casebook.ID) error {
	to, err := assignee(r)
	if err != nil {
		return err
	}
	_, err = r.Site.Book.Assign(r.Context(), w, id, to)
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
	_, err = r.Site.Book.Move(r.Context(), w, id, step)
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
