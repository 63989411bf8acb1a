package casebook

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bugbar/internal/fault"
	"bugbar/internal/process"
	"bugbar/internal/spelling"
)

// maxQuery bounds the text of a query, in bytes, and maxValues the values of one filter.
const (
	maxQuery  = 2000
	maxValues = 25
)

// filters read the typed filters of a query, by name.
var filters = map[string]func(q *Query, value string) error{
	"state":    func(q *Query, v string) error { return oneMore(&q.States, v) },
	"type":     func(q *Query, v string) error { return oneMore(&q.Types, v) },
	"outcome":  func(q *Query, v string) error { return oneMore(&q.Outcomes, v) },
	"product":  func(q *Query, v string) error { q.Products = append(q.Products, v); return nil },
	"track":    func(q *Query, v string) error { return oneOf(&q.Tracks, v, "security", "content") },
	"waiting":  func(q *Query, v string) error { return oneOf(&q.Waiting, v, "team", "reporter", "product", "other") },
	"assignee": (*Query).readAssignee,
	"due":      (*Query).readDue,
	"is":       (*Query).readIs,
	"sort":     (*Query).readSort,
}

// ParseQuery reads typed filters among words: state: type: outcome: product: track: waiting: assignee:
// due:<2d is:active sort:updated. Quotes keep a value together, and make words of what looks like a filter. The words come first in what String makes of it.
func ParseQuery(text string) (Query, error) {
	var q Query
	if len(text) > maxQuery {
		return q, fault.New(fault.Invalid, "%d bytes, and at most %d are read", len(text), maxQuery).In("q").Do("search for fewer words")
	}
	terms, err := split(text)
	if err != nil {
		return q, err
	}
	var found []string
	for _, t := range terms {
		if t.filter == "" {
			found = append(found, strings.Fields(t.value)...)
			continue
		}
		read, known := filters[t.filter]
		if !known {
			return q, fault.New(fault.Invalid, "there is no filter %s:", t.filter).In("q").Do(meant(t.filter+":", filterNames()) + "; quotes make a word of it")
		}
		if t.value == "" {
			return q, fault.New(fault.Invalid, "%s: needs a value", t.filter).In("q")
		}
		if err := read(&q, t.value); err != nil {
			return q, err
		}
	}
	q.Text = strings.Join(found, " ")
	return q, q.check(process.Load())
}

type term struct{ filter, value string }

// looksTyped is a filter's name and what follows its colon; an address such as https://... is none.
var looksTyped = regexp.MustCompile(`^([A-Za-z-]+):([^/].*)?$`)

// split takes a query apart.
func split(text string) ([]term, error) {
	var terms []term
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimLeftFunc(rest, unicode.IsSpace) {
		t := term{}
		if end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || r == '"' }); rest[0] != '"' {
			head := rest
			if end >= 0 {
				head = rest[:end]
			}
			m := looksTyped.FindStringSubmatch(head)
			if m != nil {
				t.filter = strings.ToLower(m[1])
				rest = rest[len(m[1])+1:]
			}
		}
		var ended bool
		if t.value, rest, ended = value(rest); !ended {
			return nil, fault.New(fault.Invalid, `a quote is not ended`).In("q").Do(`write "like this"`)
		}
		terms = append(terms, t)
	}
	return terms, nil
}

// value takes a value, quoted or not, from the front of a text. A quote may be left open.
func value(text string) (value, rest string, ended bool) {
	if inside, isQuoted := strings.CutPrefix(text, `"`); isQuoted {
		return strings.Cut(inside, `"`)
	}
	if end := strings.IndexFunc(text, unicode.IsSpace); end >= 0 {
		return text[:end], text[end:], true
	}
	return text, "", true
}

var plain = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

func oneMore(list *[]string, v string) error {
	v = strings.ToLower(v)
	if !plain.MatchString(v) {
		return fault.New(fault.Invalid, "%q is no id", v).In("q").Do("small letters, digits and hyphens")
	}
	*list = append(*list, v)
	return nil
}

func oneOf(list *[]string, v string, known ...string) error {
	if !slices.Contains(known, strings.ToLower(v)) {
		return unknown("value", v, known)
	}
	return oneMore(list, v)
}

func unknown(what, v string, known []string) error {
	return fault.New(fault.Invalid, "unknown %s %q", what, v).In("q").Do(meant(v, known))
}

// meant hints at the known names, at the nearest first.
func meant(v string, known []string) string {
	all := "one of: " + strings.Join(known, ", ")
	if near := spelling.Nearest(v, known); near != "" {
		return "did you mean " + near + "? Or " + all
	}
	return all
}

func (q *Query) readAssignee(v string) error {
	v = strings.ToLower(v)
	id, isID := looksLikeID(v)
	switch {
	case v == handleNobody:
		q.Nobody = true
	case isID:
		q.Assignee, _ = ParseID(id)
	case handles.MatchString(v):
		q.AssigneeName = v
	default:
		return fault.New(fault.Invalid, "%q is no handle", v).In("q").Do("a handle, an id, me or nobody")
	}
	return nil
}

// instant is how a query writes a moment.
const instant = "2006-01-02T15:04:05.000Z"

// readDue reads <2d, <36h, <2026-12-01 and the same without <.
func (q *Query) readDue(v string) error {
	v = strings.TrimPrefix(v, "<")
	for _, layout := range []string{time.DateOnly, instant} {
		if at, err := time.Parse(layout, v); err == nil && at.UnixMilli() > 0 {
			q.DueBy, q.DueIn = at.UnixMilli(), nil
			return nil
		}
	}
	unit := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
	for suffix, of := range unit {
		n, err := strconv.Atoi(strings.TrimSuffix(v, suffix))
		if strings.HasSuffix(v, suffix) && err == nil && n >= -10000 && n <= 10000 {
			in := time.Duration(n) * of
			q.DueBy, q.DueIn = 0, &in
			return nil
		}
	}
	return fault.New(fault.Invalid, "due:%s is not understood", v).In("q").Do("due:<2d, due:<12h, due:<3w or due:<2026-12-01")
}

func (q *Query) readIs(v string) error {
	yes, no := true, false
	switch strings.ToLower(v) {
	case "active":
		q.Active = &yes
	case "closed":
		q.Active = &no
	case "embargoed":
		q.Embargo = &yes
	case "unembargoed":
		q.Embargo = &no
	case "unassigned":
		q.Nobody = true
	default:
		return unknown("value", v, []string{"active", "closed", "embargoed", "unembargoed", "unassigned"})
	}
	return nil
}

func (q *Query) readSort(v string) error {
	q.Order = Order(strings.ToLower(v))
	return nil
}

// check refuses what no query can be.
func (q *Query) check(p *process.Process) error {
	states := p.In(func(process.State) bool { return true })
	for _, s := range q.States {
		if !slices.Contains(states, s) {
			return unknown("state", s, states)
		}
	}
	for _, list := range [][]string{q.States, q.Types, q.Outcomes, q.Products, q.Tracks, q.Waiting} {
		if len(list) > maxValues {
			return fault.New(fault.Invalid, "%d values of one filter, and at most %d are read", len(list), maxValues).In("q")
		}
		if slices.Contains(list, "") {
			return fault.New(fault.Invalid, "a filter without a value").In("q")
		}
	}
	asked := len(wantedWords(q.Text))
	orders := []string{string(ByDue), string(ByUpdated), string(ByArrival)}
	switch {
	case q.Order != "" && !slices.Contains(orders, string(q.Order)):
		return unknown("order", string(q.Order), orders)
	case q.Text != "" && q.Order != "" && q.Order != ByArrival:
		return fault.New(fault.Invalid, "what is found by words is sorted by arrival").In("q").Do("leave out sort:" + string(q.Order))
	case q.Text != "" && asked == 0:
		return fault.New(fault.Invalid, "there is no word in %q", q.Text).In("q").Do("search for letters or digits")
	case asked > maxAsked:
		return fault.New(fault.Invalid, "%d words, and at most %d are searched for", asked, maxAsked).In("q").Do("leave out the common ones")
	case q.Nobody && (q.Assignee != 0 || q.AssigneeName != ""):
		return fault.New(fault.Invalid, "assigned to somebody and to nobody").In("q")
	case q.DueBy < 0:
		return fault.New(fault.Invalid, "a time before 1970").In("q")
	}
	return nil
}

// String writes a query so that ParseQuery reads the same one; page and limit are no part of it.
func (q Query) String() string {
	var out []string
	for _, w := range strings.Fields(q.Text) {
		out = append(out, quoteWord(w))
	}
	for _, f := range []struct {
		name   string
		values []string
	}{{"state", q.States}, {"type", q.Types}, {"outcome", q.Outcomes}, {"product", q.Products}, {"track", q.Tracks}, {"waiting", q.Waiting}} {
		for _, v := range f.values {
			out = append(out, f.name+":"+quoted(v))
		}
	}
	switch {
	case q.Nobody:
		out = append(out, "is:unassigned")
	case q.AssigneeName != "":
		out = append(out, "assignee:"+q.AssigneeName)
	case q.Assignee != 0:
		out = append(out, "assignee:"+q.Assignee.String())
	}
	out = append(out, q.flags()...)
	return strings.Join(out, " ")
}

func (q Query) flags() []string {
	var out []string
	if q.Active != nil {
		out = append(out, map[bool]string{true: "is:active", false: "is:closed"}[*q.Active])
	}
	if q.Embargo != nil {
		out = append(out, map[bool]string{true: "is:embargoed", false: "is:unembargoed"}[*q.Embargo])
	}
	if q.DueIn != nil {
		if *q.DueIn%(24*time.Hour) == 0 {
			out = append(out, "due:<"+strconv.Itoa(int(*q.DueIn/(24*time.Hour)))+"d")
		} else {
			out = append(out, "due:<"+strconv.Itoa(int(*q.DueIn/time.Hour))+"h")
		}
	} else if q.DueBy != 0 {
		out = append(out, "due:<"+timeOf(q.DueBy).Format(instant))
	}
	if q.Order != "" {
		out = append(out, "sort:"+string(q.Order))
	}
	return out
}

func quoted(v string) string {
	if strings.ContainsFunc(v, unicode.IsSpace) {
		return `"` + v + `"`
	}
	return v
}

func quoteWord(w string) string {
	if looksTyped.MatchString(w) {
		return `"` + w + `"`
	}
	return w
}

func filterNames() []string {
	var names []string
	for name := range filters {
		names = append(names, name+":")
	}
	slices.Sort(names)
	return names
}
