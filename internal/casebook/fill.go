package casebook

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/fault"
	"bugbar/internal/process"
)

// Filled is a reply with its variables filled in for a case.
type Filled struct {
	Name string `json:"name"`
	Text string `json:"text"`
	Gaps []Gap  `json:"gaps"` // what has no value yet, and still stands in the text in its braces
}

// Gap is a variable that has no value for a case.
type Gap struct {
	Variable string `json:"variable"`
	Why      string `json:"why"`
}

// Fill fills a reply in for a case. Values come from the case as its reporter sees it, the bar, which is public, and
// the clocks: nothing of the team, of other cases, or of who reported can get into the text. address is where the pages are.
func (b *Book) Fill(ctx context.Context, a Actor, id ID, name, address string) (Filled, error) {
	c, err := b.Case(ctx, a, id)
	if err != nil {
		return Filled{}, err
	}
	if c.Quarantined {
		return Filled{}, fault.New(fault.Forbidden, "the case is in quarantine").Do("ask a custodian")
	}
	for _, right := range []Right{WriteReporter, WriteTeam} { // a reporter or guest has no use for the team's replies
		if err := b.May(a, right, c); err != nil {
			return Filled{}, err
		}
	}
	r, err := b.Reply(ctx, a, name)
	if err != nil {
		return Filled{}, err
	}
	rules, err := b.Bar(c.Bar)
	if err != nil {
		return Filled{}, err
	}
	f := &filling{book: b, c: b.shown(Actor{Case: c.ID}, c, false), agreed: guards["approved"](c, a, 0), rules: rules, address: strings.TrimSuffix(address, "/")}
	return r.with(func(name string) (value, why string, err error) {
		if of, known := values[name]; known {
			return of(f)
		}
		return "", "there is no such variable any more", nil
	})
}

// Example is a reply as it looks when everything is known.
func (b *Book) Example(r Reply) (Filled, error) {
	if err := b.checkReply(r); err != nil {
		return Filled{}, err
	}
	return r.with(func(name string) (value, why string, err error) {
		i := slices.IndexFunc(b.process.Variables, func(v process.Variable) bool { return v.Name == name })
		return b.process.Variables[i].Example, "", nil
	})
}

// Unfilled lists the variables that still stand in a text.
func (b *Book) Unfilled(text string) []string {
	var left []string
	for _, found := range variable.FindAllStringSubmatch(text, -1) {
		if slices.Contains(variableNames(b.process), found[1]) && !slices.Contains(left, found[1]) {
			left = append(left, found[1])
		}
	}
	return left
}

// filling is what the values of variables are taken from.
type filling struct {
	book    *Book
	c       *Case // as its reporter sees it
	agreed  bool  // a second person agreed, where one has to
	rules   *bar.Bar
	address string
}

// values are what stands for each variable: a text, or why there is none yet.
var values = map[string]func(*filling) (value, why string, err error){
	"case":          func(f *filling) (string, string, error) { return f.c.ID.String(), "", nil },
	"title":         func(f *filling) (string, string, error) { return plainLine(f.c.Title), "the report has no title", nil },
	"product":       func(f *filling) (string, string, error) { return plainLine(f.c.Product), "no product is named", nil },
	"outcome":       (*filling).outcome,
	"row":           (*filling).row,
	"next_question": (*filling).nextQuestion,
	"missing":       (*filling).missing,
	"answer_by":     (*filling).answerBy,
	"status_link": func(f *filling) (string, string, error) {
		if f.address == "" {
			return "", "the address of the pages is not known here", nil
		}
		return f.address + "/status", "", nil
	},
}

// with puts values in place of variables, once: braces within a value stay as they are.
func (r Reply) with(valueOf func(name string) (value, why string, err error)) (Filled, error) {
	out := Filled{Name: r.Name, Gaps: []Gap{}}
	var failed error
	out.Text = variable.ReplaceAllStringFunc(r.Body, func(found string) string {
		name := variable.FindStringSubmatch(found)[1]
		value, why, err := valueOf(name)
		if err != nil {
			failed = err
		}
		if value != "" {
			return value
		}
		if gap := (Gap{name, why}); !slices.Contains(out.Gaps, gap) {
			out.Gaps = append(out.Gaps, gap)
		}
		return found
	})
	return out, failed
}

// decided says whether an outcome was come to, agreed on where that is needed, and can be told.
func (f *filling) decided() string {
	state, _ := f.book.process.State(f.c.State)
	switch {
	case state.Step < 3 || f.c.Outcome == bar.Undetermined:
		return "nothing is decided yet"
	case !f.agreed:
		return "a second person has to agree first"
	}
	return ""
}

func (f *filling) outcome() (string, string, error) {
	if why := f.decided(); why != "" {
		return "", why, nil
	}
	return f.rules.Outcome(f.c.Outcome).Name, "the bar has no name for the outcome", nil
}

// row is the row of the bar that decides the gravest finding, with its address.
func (f *filling) row() (string, string, error) {
	if why := f.decided(); why != "" {
		return "", why, nil
	}
	for _, finding := range f.c.Findings {
		if finding.Final() != f.c.Outcome {
			continue
		}
		row := f.rules.Row(finding.Verdict.Row)
		if finding.Adjustment != nil || row == nil {
			return "", "a person decided otherwise than the bar: say why in your own words", nil
		}
		if f.address == "" {
			return row.Text + " (" + row.ID + ")", "", nil
		}
		return row.Text + " (" + f.address + "/bar/" + row.ID + "?bar=" + url.QueryEscape(f.c.Bar) + ")", "", nil
	}
	return "", "no finding has the outcome of the case", nil
}

// nextQuestion is the question that the bar asks next, or else the first for whose answer nothing vouches.
func (f *filling) nextQuestion() (string, string, error) {
	open, err := f.questions()
	if err != nil || len(open) == 0 {
		return "", "every answer that matters is vouched for", err
	}
	return open[0], "", nil
}

// missing lists what the bar asks next, and the questions for whose answers nothing vouches.
func (f *filling) missing() (string, string, error) {
	open, err := f.questions()
	if err != nil || len(open) == 0 {
		return "", "every answer that matters is vouched for", err
	}
	return "- " + strings.Join(open, "\n- "), "", nil
}

// questions are the next of each finding, and those on which an outcome depends and that only a claim answers. What comes
// after the next question may turn out not to matter, and is not asked for yet.
func (f *filling) questions() ([]string, error) {
	var next, claimed []string
	for n := range f.c.Findings {
		v, err := f.book.Verdict(f.c, n)
		if err != nil {
			return nil, err
		}
		if v.Next != nil {
			next = append(next, v.Next.Question)
		}
		for _, p := range f.rules.Points {
			if fact := v.Facts[p.ID]; slices.Contains(v.Used, p.ID) && len(fact.Values) > 0 && !vouched(fact) {
				claimed = append(claimed, p.Question)
			}
		}
	}
	var open []string
	for _, q := range append(next, claimed...) {
		if !slices.Contains(open, q) {
			open = append(open, q)
		}
	}
	return open, nil
}

func vouched(f assess.Fact) bool {
	return f.Provenance == assess.Measured || f.Provenance == assess.Confirmed
}

// answerBy is when the clock for an answer ends, or would end if it began now.
func (f *filling) answerBy() (string, string, error) {
	day := func(t time.Time) string { return t.UTC().Format("2 January 2006") }
	for _, d := range f.c.Deadlines {
		if d.ID == "answer" && d.Met == 0 {
			return day(timeOf(d.Due)), "", nil
		}
	}
	kind, _ := f.book.process.Deadline("answer")
	return day(f.book.now().Add(time.Duration(kind.After))), "", nil
}

// plainLine is a text of a reporter on one line, without what nobody sees.
func plainLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}
