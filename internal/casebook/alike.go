package casebook

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"bugbar/internal/dedupe"
	"bugbar/internal/sqldb"
)

// Limits of the search for cases that say the same. docs/limits.md has them all in one table.
const (
	alikeWords   = 64  // words of a new report that are looked up
	alikeCommon  = 500 // a word that stands in more cases says little
	alikeNear    = 40  // cases that are compared in full
	alikeShown   = 5
	alikeLetters = 3 // shorter words are not looked up
)

// Alike finds cases that may say the same as a new report, best first: those that share its rarest words by the
// search index, compared in full. Cases under embargo or in quarantine are left out, since whoever may see the report
// sees what is suggested for it; self is the report's own case, where it has one.
func (b *Book) Alike(ctx context.Context, s Submission, self ID) ([]Candidate, error) {
	near, err := b.near(ctx, s, self)
	if err != nil || len(near) == 0 {
		return nil, err
	}
	index := dedupe.New()
	for _, id := range near {
		c, err := b.load(ctx, id)
		if err != nil {
			return nil, err
		}
		text, err := b.reportText(ctx, id)
		if err != nil {
			return nil, err
		}
		if c.Restricted() {
			continue // since a moment ago
		}
		if _, err := index.Add(c.compared(text)); err != nil {
			return nil, err
		}
	}
	var found []Candidate
	for _, k := range index.Find(s.compared(), alikeShown) {
		if k.Relation == dedupe.Related {
			continue // each one that is suggested has to be decided
		}
		id, err := ParseID(k.ID)
		if err != nil {
			return nil, err
		}
		found = append(found, Candidate{Case: id, Score: math.Round(100*k.Score) / 100, Relation: string(k.Relation)})
	}
	return found, nil
}

// near are the cases that share most with a report, each word weighed by how rare it is.
func (b *Book) near(ctx context.Context, s Submission, self ID) ([]ID, error) {
	weight := map[ID]float64{}
	for _, w := range s.rare() {
		ids, err := b.holding(ctx, w)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if len(ids) <= alikeCommon && id != self {
				weight[id] += 1 / math.Sqrt(float64(len(ids)))
			}
		}
	}
	near := slices.SortedFunc(maps.Keys(weight), func(x, y ID) int { return cmp.Or(cmp.Compare(weight[y], weight[x]), cmp.Compare(y, x)) })
	return near[:min(len(near), alikeNear)], nil
}

// rare are words to look up: of the title and names, and the longest of the text, which are seldom common.
func (s Submission) rare() []string {
	var all []string
	seen := map[string]bool{}
	take := func(w string) {
		if len(w) >= alikeLetters && !seen[w] {
			seen[w] = true
			all = append(all, w)
		}
	}
	for _, text := range append([]string{s.Title, s.Product, s.Model}, s.Refs...) {
		words(text, take)
	}
	head := min(len(all), alikeWords/2)
	words(s.Text[:min(len(s.Text), maxIndexed)], take)
	slices.SortStableFunc(all[head:], func(x, y string) int { return cmp.Compare(len(y), len(x)) })
	return all[:min(len(all), alikeWords)]
}

// holding are the newest cases with a word, at most one more than make it common.
func (b *Book) holding(ctx context.Context, word string) (ids []ID, err error) {
	err = b.newestFirst(ctx, math.MaxInt64, alikeCommon+1, func(within span) (int, error) {
		ids, err = b.holdingIn(ctx, word, within)
		return len(ids), err
	})
	return ids, err
}

func (b *Book) holdingIn(ctx context.Context, word string, within span) ([]ID, error) {
	s, e := &asking{}, &expression{dialect: b.db.Dialect}
	e.any(within.words...)
	e.any(wanted{word: word})
	id := "s." + b.searchID()
	order := id
	if b.db.Dialect == sqldb.Postgres {
		order = id + " + 0" // so that it asks the index of words, and does not walk the cases backwards
	}
	s.add("SELECT ", id, " FROM search s WHERE ")
	b.match(s, "search", e.parts)
	s.add(" ORDER BY ", order, " DESC LIMIT ", s.arg(alikeCommon+1))
	rows, err := b.db.Reader().QueryContext(ctx, s.String(), s.args...)
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	var ids []ID
	for rows.Next() {
		var id ID
		if err := rows.Scan(&id); err != nil {
			return nil, b.db.Trouble(err)
		}
		ids = append(ids, id)
	}
	return ids, b.db.Trouble(rows.Err())
}

// reportText is the text that a case was opened with.
func (b *Book) reportText(ctx context.Context, id ID) (string, error) {
	var text string
	err := b.db.Reader().QueryRowContext(ctx, "SELECT COALESCE((SELECT body FROM events WHERE stream = $1 AND seq = 1), '')", int64(id)).Scan(&text)
	return text, b.db.Trouble(err)
}

// compared is a report as it is compared with others.
func (s Submission) compared() *dedupe.Case {
	d := &dedupe.Case{ID: "new", Title: s.Title, Text: s.Text}
	d.Target, d.IDs = cmp.Or(s.Product, s.Model), s.Refs
	if len(s.Findings) == 1 {
		d.Type = (&Case{Findings: s.Findings}).Type()
	}
	return d
}

// compared is a case as others are compared with it.
func (c *Case) compared(text string) *dedupe.Case {
	d := Submission{Title: c.Title, Product: c.Product, Model: c.Model, Refs: c.Refs, Findings: c.Findings, Text: text}.compared()
	d.ID, d.Fixed = c.ID.String(), c.Plan.Fix != "" && !slices.Contains([]string{"remediating", "fix-ready", "retest"}, c.State)
	return d
}

// AsReported is a case as it came in, for what looks for others that say the same.
func (b *Book) AsReported(ctx context.Context, id ID) (Submission, *Case, error) {
	c, err := b.load(ctx, id)
	if err != nil {
		return Submission{}, nil, err
	}
	text, err := b.reportText(ctx, id)
	return Submission{Title: c.Title, Product: c.Product, Model: c.Model, Source: c.Source, Refs: c.Refs, Findings: c.Findings, Text: text}, c, err
}
