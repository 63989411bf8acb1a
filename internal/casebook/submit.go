package casebook

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/fault"
	"bugbar/internal/intake"
)

// Submission is a report on its way into the casebook.
type Submission struct {
	Title   string
	Product string
	Model   string
	Source  string // form | mail | api | cli | scan
	Text    string
	Refs    []string // external ids, such as CVE
	// Key is what the finding of a scan is known by: a second import finds the case by it.
	Key      string
	Findings []Finding // at least one; their facts and trials
	Files    []File    // whose bytes the attachment store holds already
	Reporter ID        // a person; 0 for none
	Contact  *Identity // of a reporter without an account who wants to be written to
	Pending  []Candidate
	Bar      *bar.Bar // by which the case is judged
	// Refused says that the report is of material that is never accepted.
	Refused bool
	// Mail is the mail that brought it, where one did.
	Mail *MailIn
}

// Receipt is what the one who submits gets: shown once.
type Receipt struct {
	ID ID `json:"id"`
	// Key opens the case for a reporter without an account. Only its digest is kept.
	Key string `json:"key,omitempty"`
}

// ErrNeverAccepted says that a report is of material that is never accepted. Nothing of it was kept but
// that it happened.
var ErrNeverAccepted = fault.New(fault.Invalid, "reports of this material are never accepted")

// Limits of what a report may be. docs/limits.md has them all in one table.
const (
	MaxTitle    = 300      // characters
	MaxName     = 200      // characters of a product, a model, a name
	MaxText     = 10 << 20 // bytes
	MaxFindings = 100
	MaxRefs     = 50
	MaxRef      = 2000 // characters of an external id, or of where a fact can be checked
	MaxFacts    = 64   // of a finding, and values of one of them
)

// Submit opens a case. It returns once the case is durable.
func (b *Book) Submit(ctx context.Context, w Write, s Submission) (Receipt, *Case, error) {
	if err := b.admit(ctx, w.Actor, &s); err != nil {
		return Receipt{}, nil, err
	}
	for range attempts {
		if w.Key != "" {
			if receipt, c, found, err := b.submitted(ctx, w); found || err != nil {
				return receipt, c, err
			}
		}
		receipt, c, err := b.openCase(ctx, w, s)
		if !fault.Is(err, fault.Conflict) {
			return receipt, c, err
		}
	}
	return Receipt{}, nil, fault.New(fault.Unavailable, "the report could not be taken in").Do("send it again with the same key")
}

// admit says whether a submission may be taken in, and makes it fit to be kept.
func (b *Book) admit(ctx context.Context, a Actor, s *Submission) error {
	if err := b.May(a, Submit, nil); err != nil {
		return err
	}
	if s.NeverAccepted() {
		return errors.Join(ErrNeverAccepted, b.logRefusal(ctx, a))
	}
	if a.ID != 0 && len(a.Roles) == 0 {
		s.Reporter = a.ID // who is not of the team reports for nobody else
	}
	return s.check()
}

// NeverAccepted says whether the submission names itself as one that is never accepted: by its sender's answer, in
// its title or a field of its text, or by a fact.
func (s Submission) NeverAccepted() bool {
	n := s.Bar.Notice
	return s.Refused || intake.RefusedText(s.Title, s.Text) || n != nil && slices.ContainsFunc(s.Findings, func(f Finding) bool {
		return slices.Contains(f.Facts[n.Point].Values, n.Value)
	})
}

// storable is a text as both databases keep it: valid UTF-8 without the character 0, which PostgreSQL refuses.
func storable(text string) string {
	if utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

func (s *Submission) check() error {
	for _, text := range []*string{&s.Title, &s.Product, &s.Model, &s.Key, &s.Text} {
		*text = storable(*text)
	}
	for _, field := range []struct {
		name, value string
		max         int
	}{{"title", s.Title, MaxTitle}, {"product", s.Product, MaxName}, {"model", s.Model, MaxName}, {"key", s.Key, 4 * MaxName}} {
		if err := within(field.name, field.value, field.max); err != nil {
			return err
		}
	}
	switch {
	case strings.TrimSpace(s.Title) == "":
		return fault.New(fault.Invalid, "a report needs a title").In("title").Do("say in one line what happens")
	case len(s.Text) > MaxText:
		return fault.New(fault.Invalid, "larger than %d MiB", MaxText>>20).In("text").Do("attach large files")
	case len(s.Findings) == 0:
		return fault.New(fault.Invalid, "a report needs a finding").In("findings")
	case len(s.Files) > MaxFiles:
		return fault.New(fault.Invalid, "%d files, and at most %d are taken at once", len(s.Files), MaxFiles).In("files").Do("add the others to the case afterwards")
	case len(s.Findings) > MaxFindings:
		return fault.New(fault.Invalid, "%d findings, and at most %d are read", len(s.Findings), MaxFindings).In("findings").Do("split the report")
	case len(s.Refs) > MaxRefs:
		return fault.New(fault.Invalid, "%d external ids, and at most %d are kept", len(s.Refs), MaxRefs).In("refs")
	}
	for _, ref := range s.Refs {
		if err := within("refs", ref, MaxRef); err != nil {
			return err
		}
	}
	for _, f := range s.Findings {
		if err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

// within refuses a text that is longer than a number of characters.
func within(field, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return fault.New(fault.Invalid, "%d characters, and at most %d are kept", n, most).In(field).Do("shorten it; the report's text has room for the rest")
	}
	return nil
}

// check refuses a finding that is not fit to be kept, whichever way it comes. Which facts there are, the bar says.
func (f Finding) check() error {
	if err := within("findings", f.Title, MaxTitle); err != nil {
		return err
	}
	if len(f.Facts) > MaxFacts {
		return fault.New(fault.Invalid, "%d facts, and at most %d are kept", len(f.Facts), MaxFacts).In("facts")
	}
	for _, point := range slices.Sorted(maps.Keys(f.Facts)) {
		if len(f.Facts[point].Values) == 0 {
			return fault.New(fault.Invalid, "a fact needs a value").In("facts").Do("leave out what is not known")
		}
		if err := checkFact(f.Facts[point]); err != nil {
			return err
		}
	}
	if f.Trials != nil {
		return f.Trials.check()
	}
	return nil
}

// checkFact refuses a fact that says the same several times, or more than is kept.
func checkFact(f assess.Fact) error {
	if n := len(f.Values); n > MaxFacts {
		return fault.New(fault.Invalid, "%d values of a fact, and at most %d are kept", n, MaxFacts).In("facts")
	}
	if len(slices.Compact(slices.Sorted(slices.Values(f.Values)))) < len(f.Values) {
		return fault.New(fault.Invalid, "a fact has the same value twice").In("facts").Do("give each value once")
	}
	return cmp.Or(within("facts", f.Evidence, MaxRef), within("facts", f.By, MaxRef))
}

// submitted answers a submission that was already taken in.
func (b *Book) submitted(ctx context.Context, w Write) (Receipt, *Case, bool, error) {
	id, opened, found, err := b.answer(ctx, w)
	if !found || err != nil {
		return Receipt{}, nil, false, err
	}
	receipt := Receipt{ID: id}
	if err := json.Unmarshal([]byte(opened), &receipt); err != nil {
		return Receipt{}, nil, false, fault.New(fault.Internal, "the receipt of %s: %w", id, err)
	}
	c, err := b.load(ctx, id)
	return receipt, c, err == nil, err
}

// openCase tries to open a case once.
func (b *Book) openCase(ctx context.Context, w Write, s Submission) (Receipt, *Case, error) {
	e, receipt, err := b.opening(ctx, w.Actor, s)
	if err != nil {
		return Receipt{}, nil, err
	}
	if w.Key != "" {
		sealed, err := json.Marshal(receipt)
		if err != nil {
			return Receipt{}, nil, fault.New(fault.Internal, "%w", err)
		}
		e.sealed = string(sealed)
	}
	return receipt, e.c, e.commit(w)
}

// opening is the change that opens a case, not yet committed.
func (b *Book) opening(ctx context.Context, a Actor, s Submission) (*edit, Receipt, error) {
	now := b.now()
	e := &edit{book: b, ctx: ctx, actor: a, now: now, c: &Case{ID: NewID(now)}, fresh: true}
	receipt := Receipt{ID: e.c.ID}
	if s.Contact != nil {
		reporter, err := e.newContact(*s.Contact)
		if err != nil {
			return nil, Receipt{}, err
		}
		s.Reporter = reporter
	}
	e.stmts = append(e.stmts, s.Mail.stmts("case", receipt.ID, now)...)
	received, err := e.received(s)
	if err != nil {
		return nil, Receipt{}, err
	}
	if a.ID == 0 && !a.system { // without an account, a key is the only way back
		receipt.Key = newSecret()
		received.ReportKey = digestOf(digestOf(receipt.Key))
		e.write("INSERT INTO report_keys (digest, case_id) VALUES ($1, $2)", digestOf(receipt.Key), int64(receipt.ID))
	}
	if err := e.record(received); err != nil {
		return nil, Receipt{}, err
	}
	if s.Text != "" {
		e.say(ToReporter, s.Text)
	}
	return e, receipt, nil
}

// received is the event that opens the case.
func (e *edit) received(s Submission) (Received, error) {
	s.Files = onceEach(s.Files)
	p := Received{
		Title: strings.TrimSpace(s.Title), Product: strings.TrimSpace(s.Product), Model: strings.TrimSpace(s.Model), Source: s.Source, Key: s.Key,
		Refs: s.Refs, Files: s.Files, Reporter: s.Reporter, Pending: s.Pending, Bar: s.Bar.ID + "@" + s.Bar.Edition,
	}
	p.Findings = slices.Clone(s.Findings)
	for i, f := range p.Findings {
		v, err := assess.Assess(s.Bar, f.Facts)
		if err != nil {
			return p, fault.New(fault.Invalid, "finding %d: %w", i+1, err).In("facts")
		}
		p.Findings[i].Verdict = summary(v)
	}
	p.Outcome = outcomeOf(s.Bar, p.Findings)
	if s.Text != "" {
		p.Text = digestOf(s.Text)
	}
	for _, f := range s.Files {
		e.writeFile(1, ToReporter, f)
	}
	p.Deadlines = e.firstClocks()
	return p, nil
}

// firstClocks are those that start with a case.
func (e *edit) firstClocks() []Deadline {
	var clocks []Deadline
	for _, d := range e.book.process.Deadlines {
		if d.Start.Event == (Received{}).kind() {
			clocks = append(clocks, Deadline{ID: d.ID, Started: ms(e.now), Due: ms(e.now.Add(time.Duration(d.After)))})
		}
	}
	return clocks
}

// onceEach leaves one of several files with the same content.
func onceEach(files []File) []File {
	seen := map[string]bool{}
	return without(files, func(f File) bool {
		again := seen[f.SHA256]
		seen[f.SHA256] = true
		return again
	})
}

func (e *edit) writeFile(seq int64, visibility string, f File) {
	e.write(`INSERT INTO attachments (case_id, seq, sha256, name, type, size, visibility) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		int64(e.c.ID), seq, f.SHA256, f.Name, f.Type, f.Size, visibility)
}

// summary is the part of a verdict that a case keeps.
func summary(v assess.Verdict) Verdict {
	s := Verdict{Outcome: v.Outcome, Row: v.Row, Weakest: string(v.Weakest)}
	if v.Outcome == bar.Undetermined {
		s.Possible = v.Possible
	}
	if v.Next != nil {
		s.Next = v.Next.Point
	}
	return s
}

// outcomeOf is the gravest outcome of several findings.
func outcomeOf(b *bar.Bar, findings []Finding) string {
	verdicts := make([]assess.Verdict, len(findings))
	for i, f := range findings {
		verdicts[i] = assess.Verdict{Outcome: f.Verdict.Outcome, Possible: f.Verdict.Possible, Adjustment: f.Adjustment}
	}
	outcome, _ := assess.Worst(b, verdicts)
	return outcome
}

// newSecret makes 160 bits of chance in 32 letters and digits.
func newSecret() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails
	return base32.StdEncoding.EncodeToString(b[:])
}

// ByReportKey is the reporter who comes with the key of a receipt.
func (b *Book) ByReportKey(ctx context.Context, key string) (Actor, error) {
	var id ID
	digest := digestOf(strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(key), "-", "")))
	if err := b.db.Reader().QueryRowContext(ctx, "SELECT case_id FROM report_keys WHERE digest = $1", digest).Scan(&id); err != nil {
		return Actor{}, b.orNotFound(err, "no report has this key")
	}
	return Actor{Case: id}, nil
}

// Digest tells apart what two submissions ask for.
func (s Submission) Digest() string {
	s.Bar = nil
	data, err := json.Marshal(s)
	if err != nil {
		return "" // of strings and numbers, which always work
	}
	return digestOf(string(data))
}
