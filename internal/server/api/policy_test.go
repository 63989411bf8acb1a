package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb/sqldbtest"
	"bugbar/internal/work"
)

// This file has one table: who may call which operation. It is written by hand from the documented roles, and not
// taken from the casebook's own, so that the two can differ only by a mistake in one of them. Every operation of the
// description is called by everybody on every kind of case, and the answer must be the one that follows from the table.

// everybody is everyone who calls. key has the key of the report; invited is an analyst who is named on the case,
// member a triager who is; analyst and triager are not.
var everybody = strings.Fields("anonymous key reporter other guest intake triager member analyst invited reviewer editor publisher manager auditor admin custodian service")

// sees says who may know of a case of each kind.
var sees = map[string][]string{
	"received":    strings.Fields("key reporter guest intake triager member invited reviewer manager auditor service"),
	"triaging":    strings.Fields("key reporter guest triager member invited reviewer manager auditor service"),
	"assessed":    strings.Fields("key reporter guest triager member invited reviewer manager auditor service"),
	"embargoed":   strings.Fields("key reporter guest member invited"),
	"quarantined": strings.Fields("guest member invited custodian"),
	"missing":     nil,
}

// rule is a line of the table.
type rule struct {
	may    string // who, of those who see the case; * for all
	body   string
	query  string
	closed string // who may while the case is in quarantine, where that differs
	once   bool   // of no case
}

const (
	facts   = "triager member invited"
	adds    = "key reporter guest intake triager member invited service"
	writes  = "key reporter guest intake triager member invited manager"
	judges  = "triager member reviewer"
	pairs   = "triager member reviewer manager"
	roleful = "intake triager member analyst invited reviewer editor publisher manager auditor admin custodian service"
	persons = "reporter other guest " + roleful
)

var table = map[string]rule{
	"get-intake": {may: "*", once: true}, "list-bars": {may: "*", once: true}, "get-bar": {may: "*", once: true}, "get-process": {may: "*", once: true},
	"get-settings": {may: "*", once: true}, "get-me": {may: "*", once: true},
	"assess":        {may: "*", once: true, body: `{"facts":{"type":["prompt-injection"]}}`},
	"submit-report": {may: "anonymous key reporter other guest intake triager member manager service", once: true, body: `{"never_accepted":false,"title":"one more"}`},

	"list-cases":  {may: "key " + persons, once: true},
	"count-cases": {may: "key " + persons, once: true},
	"list-events": {may: "key " + persons, once: true}, "stream-events": {may: "key " + persons, once: true},
	"audit": {may: "manager auditor", once: true}, "get-ledger-head": {may: "manager auditor", once: true},

	"list-people": {may: roleful, once: true}, "get-person": {may: roleful, once: true},
	"get-person-history": {may: "auditor manager admin", once: true},
	"add-person":         {may: "manager admin", once: true, body: `{"handle":"HANDLE"}`},
	"set-roles":          {may: "manager admin", once: true, body: `{"roles":["intake"]}`},
	"set-status":         {may: "manager admin", once: true, body: `{"status":"active"}`},
	"set-my-identity":    {may: persons, once: true, body: `{"name":"N"}`},
	"break-glass":        {may: roleful, once: true, body: `{"reason":"a test"}`},
	"list-credentials":   {may: persons, once: true},
	"make-token":         {may: persons, once: true, body: `{"label":"l","scopes":["read"]}`},
	"revoke-credential":  {may: persons, once: true}, "end-sessions": {may: persons, once: true},
	"set-bar": {may: "admin", once: true, body: `{"bar":"msrc-ai"}`},

	"get-case": {may: "*"}, "get-history": {may: "*"}, "list-moves": {may: "*"}, "why-not": {may: "*"},
	"get-verdict":  {may: "*", closed: "custodian"},
	"get-reporter": {may: "key reporter intake triager member manager auditor"},
	"get-thread":   {may: "*", closed: "custodian"}, "list-files": {may: "*", closed: "custodian"}, "get-file": {may: "*", closed: "custodian"},
	"rename-case":  {may: facts, body: `{"product":"P"}`},
	"post-message": {may: writes, body: `{"visibility":"reporter","text":"hello"}`},
	"acknowledge":  {may: "intake triager member invited manager"},
	"add-file":     {may: adds, body: "bytes", query: "name=a.txt"},
	"add-finding":  {may: facts, body: `{"title":"another"}`},
	"set-fact":     {may: adds, body: `{"values":["data-exfiltration"]}`}, "take-back-fact": {may: adds},
	"set-criterion": {may: facts, body: `{"criterion":"the canary arrives","planned":10}`},
	"record-run":    {may: adds, body: `{"successes":3,"attempts":10}`},
	"add-evidence":  {may: facts, body: `{"kind":"canary","result":{"stage":"exposed"}}`},
	"adjust":        {may: judges, body: `{"outcome":"low","why":"hard to do"}`},
	"assess-blind":  {may: judges, body: `{"facts":{"type":["prompt-injection"]}}`},
	"approve":       {may: "reviewer manager"},
	"move":          {may: "key reporter guest intake triager member invited reviewer manager", body: `{"to":"spam","reason":"r"}`},
	"file-deadline": {may: facts, body: `{"reference":"17"}`},
	"assign":        {may: "intake triager member manager", body: `{}`},
	"set-track":     {may: judges, body: `{"track":"content"}`},
	"set-flags":     {may: facts, body: `{"public":true,"exploit":false,"attacks":false}`},
	"set-embargo":   {may: "key reporter guest triager member manager", body: `{"status":"proposed","until":"2199-01-01T00:00:00Z"}`},
	"name-person":   {may: "triager member manager"}, "unname-person": {may: "triager member manager"},
	"quarantine":         {may: "intake triager member invited reviewer manager", body: `{"reason":"r"}`},
	"release":            {may: "custodian", body: `{"reason":"r"}`},
	"relate":             {may: pairs, body: `{"kind":"related","to":"OTHER"}`},
	"propose-candidates": {may: "intake " + pairs, body: `{"candidates":[{"case":"OTHER","score":0.5}]}`},
	"reject-candidate":   {may: pairs},
	"merge":              {may: pairs, body: `{"into":"OTHER","findings":[]}`}, "split": {may: pairs, body: `{"findings":[2],"title":"the other half"}`},

	"list-replies": {may: roleful, once: true}, "set-reply": {may: "manager admin", once: true, body: `{"body":"Hello {{case}}."}`}, "retire-reply": {may: "manager admin", once: true},
	"fill-reply": {may: "intake triager member invited manager", closed: "nobody"},

	"list-webhooks": {may: "key " + persons, once: true}, "list-deliveries": {may: "admin", once: true},
	"add-webhook":    {may: "admin", once: true, body: `{"url":"https://hooks.example.org/x","kinds":["moved"]}`},
	"set-webhook":    {may: "admin", once: true, body: `{"status":"paused"}`},
	"remove-webhook": {may: "admin", once: true},
	"import":         {may: "intake triager member manager service", once: true, body: "{}", query: "name=a.json"},
	"get-task":       {may: "admin triager", once: true}, // who asked for it, and the administrators
	"would-change":   {may: "triager member reviewer admin", once: true, query: "bar=msrc-ai"},
	"reassess":       {may: "admin", once: true, body: `{"bar":"msrc-ai"}`},
}

// TestEveryOperationIsInTheTable: a new operation has to say who may call it.
func TestEveryOperationIsInTheTable(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, op := range described().ops {
		ids[op.ID] = true
		if _, ok := table[op.ID]; !ok {
			t.Errorf("who may call %s is not said", op.ID)
		}
	}
	for id := range table {
		if !ids[id] {
			t.Errorf("the table has %s, the API has not", id)
		}
	}
}

// TestPolicy calls every operation as everybody on every kind of case.
func TestPolicy(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		w := newWorld(t, fresh())
		p := &probe{world: w, other: w.newCase("the other one")}
		for _, op := range described().ops {
			r := table[op.ID]
			if op.ID == "break-glass" {
				continue // below: afterwards they see more
			}
			if r.once {
				p.everybody(op, r, "none")
				continue
			}
			for kind := range sees {
				p.everybody(op, r, kind)
			}
		}
		for _, op := range described().ops {
			if op.ID == "break-glass" {
				p.everybody(op, table[op.ID], "none")
			}
		}
		for _, op := range described().ops {
			if !w.passed[op.ID] {
				t.Errorf("%s: nobody was answered with success", op.ID)
			}
		}
	})
}

// probe tries operations.
type probe struct {
	*world
	other fixture
	hook  casebook.ID // the last webhook that was made
	n     int
}

// prepare opens a case of a kind, with what an operation takes back.
func (p *probe) prepare(op *operation, kind string) fixture {
	if kind == "none" || kind == "missing" {
		return fixture{ID: casebook.NewID(p.book.Now()), File: p.file, Key: p.other.Key}
	}
	p.n++
	f := p.newCase(fmt.Sprintf("case %d", p.n))
	if kind != "received" {
		p.triaging(f)
	}
	switch kind {
	case "assessed":
		p.assessed(f)
	case "embargoed":
		p.embargoed(f)
	case "quarantined":
		p.quarantined(f)
	}
	var err error
	switch by := (casebook.Write{Actor: casebook.SystemActor}); op.ID {
	case "unname-person":
		_, err = p.book.Name(p.t.Context(), by, f.ID, casebook.Participant{Person: p.people["target"].ID, Role: "guest"})
	case "reject-candidate":
		_, err = p.book.Propose(p.t.Context(), by, f.ID, []casebook.Candidate{{Case: p.other.ID, Score: 0.5}})
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

func (p *probe) everybody(op *operation, r rule, kind string) {
	p.t.Helper()
	f := p.prepare(op, kind)
	for _, who := range everybody {
		got := p.try(op, r, f, who)
		if want := expected(op, r, kind, who); got.answer() != want {
			p.t.Errorf("%s by %s on a case that is %s: %s (%d), want %s\n%s", op.ID, who, kind, got.answer(), got.Status, want, got.Body)
		}
		if got.Status < 300 && got.method != http.MethodGet && !r.once {
			f = p.prepare(op, kind) // the case is another one now
		}
	}
}

// tried is the answer to a call.
type tried struct {
	reply
	method string
}

// answer is what an answer comes to: allowed, also where the state of the case does not allow it; not for this
// caller; or not there.
func (r tried) answer() string {
	switch r.Status {
	case http.StatusNotFound:
		return "not there"
	case http.StatusForbidden, http.StatusUnauthorized:
		return "forbidden"
	case http.StatusPreconditionRequired, http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusInternalServerError, http.StatusServiceUnavailable:
		return "broken"
	}
	return "allowed"
}

func expected(op *operation, r rule, kind, who string) string {
	may := r.may == "*" || slices.Contains(strings.Fields(r.may), who)
	switch {
	case who == "anonymous" && !op.Public:
		return "forbidden"
	case !r.once && !slices.Contains(sees[kind], who):
		return "not there"
	case kind == "quarantined" && r.closed != "":
		if slices.Contains(strings.Fields(r.closed), who) {
			return "allowed"
		}
		if op.ID == "get-verdict" {
			return "not there" // a case in quarantine shows no findings
		}
		return "forbidden"
	case may || kind == "quarantined" && who == "custodian" && r.may == "*":
		return "allowed"
	}
	switch op.ID {
	case "get-person", "get-task", "set-webhook", "remove-webhook", "list-deliveries":
		return "not there" // who may not see it does not learn that it is there
	}
	return "forbidden"
}

func (p *probe) try(op *operation, r rule, f fixture, who string) tried {
	p.t.Helper()
	p.n++
	values := strings.NewReplacer(
		"{id}", f.ID.String(), "{number}", "1", "{point}", "impact", "{person}", p.people["target"].ID.String(), "{role}", "guest", "{sha256}", f.File, "{to}", "screening",
		"{deadline}", "cra-early-warning", "{other}", p.other.ID.String(), "{credential}", p.credential(op, who), "{webhook}", p.webhook(op), "{task}", p.task(op), "{bar}", "msrc-ai", "{reply}", p.reply(op),
	)
	target := values.Replace(op.Path)
	if r.query != "" {
		target += "?" + r.query
	}
	body := strings.NewReplacer("OTHER", p.other.ID.String(), "HANDLE", fmt.Sprintf("somebody%d", p.n)).Replace(r.body)
	headers := []string{}
	switch who {
	case "anonymous":
	case "key":
		headers = append(headers, "Report-Key", f.Key)
	default:
		headers = append(headers, asHeader, who)
	}
	if !r.once {
		headers = append(headers, "If-Match", p.etag(f))
	}
	out := tried{p.call(op.Method, target, body, headers...), op.Method}
	if strings.Contains(op.Path, "{webhook}") { // there may be only so many
		if err := p.book.RemoveWebhook(p.t.Context(), p.as("admin"), p.hook); err != nil && !fault.Is(err, fault.NotFound) {
			p.t.Fatal(err)
		}
	}
	return out
}

// reply makes one for an operation that ends it; each ends it once.
func (p *probe) reply(op *operation) string {
	if op.ID != "retire-reply" {
		return "needs-evidence"
	}
	if err := p.book.SetReply(p.t.Context(), p.as("admin"), casebook.Reply{Name: "old", Body: "Old."}); err != nil {
		p.t.Fatal(err)
	}
	return "old"
}

// credential makes one that its owner can revoke.
func (p *probe) credential(op *operation, who string) string {
	owner := p.people[who]
	if op.ID != "revoke-credential" || owner == nil {
		return "0123456789abcdef"
	}
	_, made, err := p.book.MakeToken(p.t.Context(), p.as(who), owner.ID, "to be revoked", []casebook.Right{casebook.ReadCase}, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	return made.ID
}

// webhook makes one for an operation that needs it.
func (p *probe) webhook(op *operation) string {
	if !strings.Contains(op.Path, "{webhook}") {
		return ""
	}
	made, err := p.work.NewWebhook(p.t.Context(), p.as("admin"), casebook.Webhook{URL: "https://hooks.example.org/x", Kinds: []string{"moved"}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.hook = made.ID
	return made.ID.String()
}

// task starts one for an operation that needs it.
func (p *probe) task(op *operation) string {
	if !strings.Contains(op.Path, "{task}") {
		return ""
	}
	made, err := p.work.Import(p.t.Context(), p.as("triager"), work.ImportAsked{File: p.file, Name: "a.json"})
	if err != nil {
		p.t.Fatal(err)
	}
	return made.ID.String()
}

// etag is that of a case as it is.
func (p *probe) etag(f fixture) string {
	c, err := p.book.Case(p.t.Context(), casebook.SystemActor, f.ID)
	if err != nil {
		return `"1"`
	}
	return fmt.Sprintf("%q", fmt.Sprint(c.Revision))
}
