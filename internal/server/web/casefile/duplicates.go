package casefile

import (
	"net/http"
	"strings"
	"unicode"

	"bugbar/internal/casebook"
	"bugbar/internal/server/web/site"
)

// Duplicates lists cases that may say the same, and compares one side by side.
type Duplicates struct {
	Common
	Candidates []Candidate
	Compare    *Comparison
}

// Candidate is a case that was suggested, as far as its reader may see it.
type Candidate struct {
	casebook.Candidate
	Title string // empty where the reader may not see the case
	State string
	Open  bool // it is the one compared
}

// Comparison sets two cases side by side.
type Comparison struct {
	Other       *casebook.Case
	Ours        []Word
	Theirs      []Word
	Checks      []Check
	Relations   []string
	Score       float64
	CanDecide   bool
	SuggestedAs string
}

// Word is a piece of text, shared by both or not.
type Word struct {
	Text   string
	Shared bool
}

// Check is a field of both cases.
type Check struct {
	Name, Ours, Theirs string
	Same               bool
}

var duplicatesPage = site.NewTemplate(folder, "duplicates.html", "head.html", "side.html")

// maxCompared bounds the text that is compared word by word, in bytes.
const maxCompared = 64 << 10

func duplicates(w http.ResponseWriter, r *site.Request) error {
	c, err := common(r, "duplicates")
	if err != nil {
		return err
	}
	v := Duplicates{Common: c}
	with, _ := casebook.ParseID(r.URL.Query().Get("with")) // none: the list alone
	for _, d := range c.Case.Pending {
		candidate := Candidate{Candidate: d, Open: d.Case == with}
		if other, err := r.Site.Book.Case(r.Context(), r.Actor, d.Case); err == nil {
			candidate.Title, candidate.State = other.Title, other.State
		}
		v.Candidates = append(v.Candidates, candidate)
	}
	if with != 0 {
		if v.Compare, err = compare(r, c, with); err != nil {
			return err
		}
	}
	return duplicatesPage.Render(w, r, http.StatusOK, v)
}

func compare(r *site.Request, c Common, with casebook.ID) (*Comparison, error) {
	other, err := r.Site.Book.Case(r.Context(), r.Actor, with)
	if err != nil {
		return nil, err
	}
	ours, err := reportText(r, c.Case.ID)
	if err != nil {
		return nil, err
	}
	theirs, err := reportText(r, with)
	if err != nil {
		return nil, err
	}
	cmp := &Comparison{Other: other, Checks: checks(c.Case, other), Relations: []string{"duplicate-of", "same-root-cause", "regression-of", "related"}}
	cmp.CanDecide = r.Site.Book.May(r.Actor, casebook.MergeDuplicate, c.Case) == nil && r.Site.Book.May(r.Actor, casebook.MergeDuplicate, other) == nil
	for _, d := range c.Case.Pending {
		if d.Case == with {
			cmp.Score, cmp.SuggestedAs = d.Score, relationOf(d.Relation)
		}
	}
	cmp.Ours, cmp.Theirs = marked(ours, vocabulary(theirs)), marked(theirs, vocabulary(ours))
	return cmp, nil
}

// relationOf is what a suggested relation is called as a link.
func relationOf(suggested string) string {
	switch suggested {
	case "duplicate":
		return "duplicate-of"
	case "regression":
		return "regression-of"
	}
	return strings.ReplaceAll(suggested, " ", "-")
}

func reportText(r *site.Request, id casebook.ID) (string, error) {
	thread, err := r.Site.Book.Thread(r.Context(), r.Actor, id, 0, 1)
	if err != nil || len(thread) == 0 {
		return "", err
	}
	text := thread[0].Text
	return text[:min(len(text), maxCompared)], nil
}

func checks(a, b *casebook.Case) []Check {
	var all []Check
	for _, c := range []Check{
		{Name: "product", Ours: a.Product, Theirs: b.Product},
		{Name: "model", Ours: a.Model, Theirs: b.Model},
		{Name: "type", Ours: a.Type(), Theirs: b.Type()},
		{Name: "outcome", Ours: a.Outcome, Theirs: b.Outcome},
		{Name: "method", Ours: a.Key, Theirs: b.Key},
		{Name: "refs", Ours: strings.Join(a.Refs, " "), Theirs: strings.Join(b.Refs, " ")},
	} {
		c.Same = c.Ours != "" && strings.EqualFold(c.Ours, c.Theirs)
		if c.Ours+c.Theirs != "" {
			all = append(all, c)
		}
	}
	return all
}

// vocabulary is the words of a text that tell something: four letters and more.
func vocabulary(text string) map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), apart) {
		if len(w) >= 4 {
			words[w] = true
		}
	}
	return words
}

func apart(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// marked cuts a text into what both share and what stands between.
func marked(text string, shared map[string]bool) []Word {
	var all []Word
	add := func(piece string, is bool) {
		if piece == "" {
			return
		}
		if n := len(all); n > 0 && all[n-1].Shared == is {
			all[n-1].Text += piece
			return
		}
		all = append(all, Word{piece, is})
	}
	for len(text) > 0 {
		end := strings.IndexFunc(text, apart)
		if end < 0 {
			end = len(text)
		}
		add(text[:end], shared[strings.ToLower(text[:end])])
		rest := text[end:]
		next := strings.IndexFunc(rest, func(r rune) bool { return !apart(r) })
		if next < 0 {
			next = len(rest)
		}
		add(rest[:next], len(all) > 0 && all[len(all)-1].Shared && strings.TrimSpace(rest[:next]) == "")
		text = rest[next:]
	}
	return all
}

func relate(r *site.Request, w casebook.Write, id casebook.ID) error {
	other, err := casebook.ParseID(r.PostFormValue("other"))
	if err != nil {
		return err
	}
	if kind := r.PostFormValue("kind"); kind != "" {
		_, err = r.Site.Book.Relate(r.Context(), w, id, casebook.Link{Kind: kind, To: other})
		return err
	}
	_, err = r.Site.Book.Reject(r.Context(), w, id, other)
	return err
}
