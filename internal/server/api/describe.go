package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

// The limits of requests. docs/api.md has them in one table.
const (
	MaxBody  = 1 << 20   // bytes of JSON
	MaxDepth = 32        // of arrays and objects within each other
	MaxFile  = 100 << 20 // bytes of an attachment
	// MaxSubmission is for a report's JSON: its text, with room for what escaping adds.
	MaxSubmission = 24 << 20
)

const overview = `The casebook of a team that triages AI vulnerability reports: reports come in, facts and evidence are established,
a bug bar says what they come to, and every step is an event in a history that nobody can quietly change.

**Who you are.** Send a token as ` + "`Authorization: Bearer TOKEN`" + `, or the key of a report's receipt as ` + "`Report-Key: KEY`" + `.
Without either you may submit a report, read the bars and assess facts. What you may not see is answered like what does not exist: 404.

**Ids** are texts such as ` + "`0K3V-9Q2XTA4MR`" + `. **Times** are RFC 3339 in UTC.

**Writes.** A case carries an ` + "`ETag`" + `, its revision. Send it back in ` + "`If-Match`" + `: a change that somebody else overtook is 412. Where a
decision depends on what you saw, If-Match is required, and without it the answer is 428.
Send an ` + "`Idempotency-Key`" + ` of your choice, new for each thing that you want done: the same request sent again with the same key is carried out
once, and answered again with ` + "`Idempotent-Replayed: true`" + `; another request with the same key is 409.

**Lists** are paged by position, never by number: follow the ` + "`Link`" + ` header with rel="next", or give its cursor as ` + "`after`" + `.

**Trouble** is ` + "`application/problem+json`" + ` (RFC 9457) with a ` + "`code`" + `: invalid (400, 408, 413, 415, 422), not-found (404), conflict (409, 412, 428),
forbidden (401, 403), limited (429, with Retry-After), unavailable (503, with Retry-After), internal (500). Its ` + "`hint`" + ` says what would do.
Unknown members of a body and unknown query parameters are refused.`

func init() { // huma keeps these for the whole process
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		return newProblem(status, detail, errs...)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, detail string, errs ...error) huma.StatusError {
		p := newProblem(status, detail, errs...)
		if who := asked(ctx.Context()); status == http.StatusInternalServerError && who.body.err != nil {
			p = unread(who.body.err)
		}
		p.ID = ctx.Header("X-Request-Id")
		return p
	}
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
}

// description is the part of the OpenAPI description that belongs to no operation.
func description(url string) huma.Config {
	d := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "bugbar", Version: Version, Description: overview,
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"token":     {Type: "http", Scheme: "bearer", Description: "A token of a person or service, bounded by its scopes."},
				"session":   {Type: "apiKey", In: "cookie", Name: "__Host-bugbar", Description: "A session of a browser; without TLS the cookie is called bugbar."},
				"reportKey": {Type: "apiKey", In: "header", Name: "Report-Key", Description: "The key of a report's receipt: opens that one report."},
			},
		},
		Tags: []*huma.Tag{
			{Name: "Reports", Description: "What anybody may do: report, read the bars, assess facts."},
			{Name: "Cases", Description: "Find and read cases."},
			{Name: "Thread", Description: "What is written on a case, to the reporter or within the team, and its files."},
			{Name: "Replies", Description: "Texts that the team often sends to reporters, with variables that are filled in for a case."},
			{Name: "Findings", Description: "Facts, evidence and runs of a case's findings, and what the bar makes of them."},
			{Name: "Decisions", Description: "Outcomes, moves and deadlines."},
			{Name: "Access", Description: "Assignment, embargo, people on a case, quarantine."},
			{Name: "Relations", Description: "Duplicates and other links between cases."},
			{Name: "Events", Description: "The ledger as a feed, and the audit."},
			{Name: "People", Description: "The team, and yourself."},
			{Name: "Webhooks", Description: "Have a server of yours told of events, signed as Standard Webhooks has it."},
			{Name: "Tasks", Description: "What takes long: imports, and moving open cases to another edition of their bar."},
			{Name: "Casebook", Description: "What belongs to the casebook as a whole."},
		},
	}
	if url != "" {
		d.Servers = []*huma.Server{{URL: url}}
	}
	return huma.Config{
		OpenAPI: d, Formats: map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}, DefaultFormat: "application/json",
	}
}

// strictJSON reads JSON that is UTF-8, names each member once and is not nested without end.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(true) // harmless wherever it is pasted
		return enc.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if err := checkJSON(data); err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	},
}

var errDepth = errors.New("nested too deeply")

func checkJSON(data []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		_, err := dec.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if dec.StackDepth() > MaxDepth {
			return errDepth
		}
	}
}
