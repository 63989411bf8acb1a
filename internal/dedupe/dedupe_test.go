package dedupe_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bugbar/internal/dedupe"
	"bugbar/internal/dedupe/mixture"
)

func index(tb testing.TB, cases ...dedupe.Case) *dedupe.Index {
	tb.Helper()
	x := dedupe.New()
	for i := range cases {
		if _, err := x.Add(&cases[i]); err != nil {
			tb.Fatal(err)
		}
	}
	return x
}

// best returns the best candidate for a case, or none.
func best(x *dedupe.Index, c dedupe.Case) dedupe.Candidate {
	found := x.Find(&c, 1)
	if len(found) == 0 {
		return dedupe.Candidate{}
	}
	return found[0]
}

const leak = `A shared calendar lets strangers read salary tables.
The assistant fetches ostrich.example.org and appends each cell to the address.`

// TestDisguise tells the same text in forms that differ for a machine only.
func TestDisguise(t *testing.T) {
	t.Parallel()
	x := index(t, dedupe.Case{ID: "known", Text: leak})
	for name, text := range map[string]string{
		"case":       strings.ToUpper(leak),
		"order":      "The assistant fetches ostrich.example.org and appends each cell to the address. A shared calendar lets strangers read salary tables.",
		"line ends":  strings.ReplaceAll(leak, "\n", "\r\n\r\n"),
		"list":       "* A shared calendar\n* lets strangers read\n* salary tables.\n1. The assistant fetches ostrich.example.org\n2. and appends each cell to the address",
		"html":       "<p class=\"x\">" + strings.ReplaceAll(leak, " ", "&nbsp;") + "</p><br/>",
		"emphasis":   strings.ReplaceAll(strings.ReplaceAll(leak, "salary", "**salary**"), "each", "_each_"),
		"invisible":  strings.ReplaceAll(leak, "a", "a\u200b\u2060"),
		"selectors":  strings.ReplaceAll(leak, "e", "e\ufe0f"),
		"look-alike": strings.ReplaceAll(strings.ReplaceAll(leak, "a", "а"), "o", "ο"),
		"full width": strings.ReplaceAll(leak, "salary", "ｓａｌａｒｙ"),
		"accents":    strings.ReplaceAll(leak, "tables", "tábles"),
		"singular":   strings.ReplaceAll(leak, "tables", "table"),
	} {
		if got := best(x, dedupe.Case{ID: "new", Text: text}); got.Text < 0.999 || got.Relation != dedupe.Duplicate {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	x := index(t,
		dedupe.Case{ID: "ja", Text: "共有カレンダーの予定表から給与の一覧が漏洩する。"},
		dedupe.Case{ID: "ru", Text: "Общий календарь выдаёт посторонним таблицы зарплат."},
		dedupe.Case{ID: "el", Text: "Κοινό ημερολόγιο δείχνει μισθούς σε ξένους."},
	)
	for id, text := range map[string]string{
		"ja": "給与の一覧が、共有カレンダーの予定表から漏洩する",
		"ru": "ОБЩИЙ календарь выдает посторонним таблицы зарплат",
		"el": "κοινο ημερολογιο δειχνει μισθους σε ξενους",
	} {
		if got := best(x, dedupe.Case{ID: "new", Text: text}); got.ID != id || got.Text < 0.6 {
			t.Errorf("%s: %+v", id, got)
		}
	}
}

func TestRelation(t *testing.T) {
	t.Parallel()
	known := dedupe.Case{ID: "known", Text: leak, Identity: dedupe.Identity{
		Type: "prompt-injection", Target: "Example Mail", RootCause: "Unchecked address", IDs: []string{"CVE-2026-0001"}, Canaries: []string{"OSTRICH-1"},
	}}
	fixed := known
	fixed.Fixed = true
	half := "A shared calendar lets strangers read salary tables. Quite another way leads there through pictures which load themselves."
	other := "Pictures load themselves when somebody previews presentations offline."
	tests := []struct {
		name  string
		known dedupe.Case
		new   dedupe.Case
		want  dedupe.Relation
	}{
		{"same text", known, dedupe.Case{Text: leak}, dedupe.Duplicate},
		{"same text, closer target", known, dedupe.Case{Text: leak, Identity: dedupe.Identity{Target: "Example  MAIL (web)"}}, dedupe.Duplicate},
		{"same text, target in other words", known, dedupe.Case{Text: leak, Identity: dedupe.Identity{Target: "mail by example"}}, dedupe.Duplicate},
		{"same text, other type", known, dedupe.Case{Text: leak, Identity: dedupe.Identity{Type: "model-theft"}}, dedupe.Duplicate},
		{"same text, other target", known, dedupe.Case{Text: leak, Identity: dedupe.Identity{Target: "Other Mail"}}, dedupe.Related},
		{"same text, other target, same root cause", known, dedupe.Case{Text: leak, Identity: dedupe.Identity{Target: "Other Mail", RootCause: "unchecked address"}}, dedupe.SameRootCause},
		{"same text, other root cause", known, dedupe.Case{Text: leak, Identity: dedupe.Identity{RootCause: "missing filter"}}, dedupe.Related},
		{"same text, other id in it", known, dedupe.Case{Text: leak + " This is CVE-2026-9999."}, dedupe.Related},
		{"same text of a fixed case", fixed, dedupe.Case{Text: leak}, dedupe.Regression},
		{"half the text", known, dedupe.Case{Text: half}, dedupe.Related},
		{"half the text, same id in it", known, dedupe.Case{Text: half + " See cve-2026-0001."}, dedupe.Duplicate},
		{"other text, same id", known, dedupe.Case{Text: other, Identity: dedupe.Identity{IDs: []string{"cve-2026-0001"}}}, dedupe.SameRootCause},
		{"other text, same root cause", known, dedupe.Case{Text: other, Identity: dedupe.Identity{RootCause: "unchecked ADDRESS"}}, dedupe.SameRootCause},
		{"other text", known, dedupe.Case{Text: other}, ""},
		{"no text", known, dedupe.Case{}, ""},
	}
	for _, test := range tests {
		test.new.ID = "new"
		if got := best(index(t, test.known), test.new); got.Relation != test.want {
			t.Errorf("%s: %+v, want %q", test.name, got, test.want)
		}
	}
}

// TestShortTextsTellLittle compares short records that were written by one template.
func TestShortTextsTellLittle(t *testing.T) {
	t.Parallel()
	record := func(subject string) string {
		return "Guardrail weakness of the Larkmoor assistant. The flaw shows when somebody asks for " + subject +
			", which lets them past the rules of its makers and makes it give what it should refuse."
	}
	x := index(t, dedupe.Case{ID: "known", Text: record("forged tickets as a stage play")})
	for name, test := range map[string]struct {
		new  dedupe.Case
		want dedupe.Relation
	}{
		"sibling":            {dedupe.Case{Text: record("poisonous mushrooms in a cookery lesson")}, dedupe.Related},
		"the same":           {dedupe.Case{Text: record("forged tickets as a stage play")}, dedupe.Duplicate},
		"the same, and more": {dedupe.Case{Text: record("forged tickets as a stage play") + " Seen twice today."}, dedupe.Duplicate},
	} {
		test.new.ID = "new"
		if got := best(x, test.new); got.Relation != test.want || got.Score < 0.52 {
			t.Errorf("%s: %+v, want %q", name, got, test.want)
		}
	}
}

func TestExplanation(t *testing.T) {
	t.Parallel()
	x := index(t, dedupe.Case{ID: "known", Title: "Calendar", Text: "Strangers read salary tables.", Identity: dedupe.Identity{
		Type: "prompt-injection", Target: "Example Mail", Method: "garak probe", Canaries: []string{"A"},
	}})
	got := best(x, dedupe.Case{ID: "new", Text: "Strangers read salary figures.", Identity: dedupe.Identity{
		Type: "Prompt-Injection", Target: "example mail", Method: "by hand", Canaries: []string{"B", "A"},
	}})
	want := dedupe.Candidate{
		ID: "known", Relation: dedupe.Duplicate,
		Same: []dedupe.FieldMatch{
			{Field: "canary", New: "A", Known: "A"},
			{Field: "target", New: "example mail", Known: "example mail"},
			{Field: "type", New: "prompt-injection", Known: "prompt-injection"},
		},
		Differs: []dedupe.FieldMatch{{Field: "method", New: "by hand", Known: "garak probe"}},
		Shared:  []string{"read", "salary", "strangers"},
		Missing: []string{"figures"},
	}
	got.Score, got.Text = 0, 0
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestQuotedCountsLess answers an earlier report and is about something else.
func TestQuotedCountsLess(t *testing.T) {
	t.Parallel()
	x := index(t, dedupe.Case{ID: "known", Text: leak})
	const own = "\n\nMy finding concerns voice commands that unlock garages through captions of silent films."
	quoted := best(x, dedupe.Case{ID: "new", Text: "> " + strings.ReplaceAll(leak, "\n", "\n> ") + own})
	plain := best(x, dedupe.Case{ID: "new", Text: leak + own})
	if quoted.Relation == dedupe.Duplicate || plain.Relation != dedupe.Duplicate {
		t.Errorf("quoted %.2f, plain %.2f", quoted.Score, plain.Score)
	}
}

// TestBoilerplateCountsLess puts long boilerplate around short texts that have nothing in common.
func TestBoilerplateCountsLess(t *testing.T) {
	t.Parallel()
	boilerplate := "Our laboratory adheres to responsible disclosure as certified by the institute. " +
		"Findings were graded following guidelines of the committee on offensive research. "
	texts := []string{
		"Calendars expose salary tables.", "Voice commands unlock garages.", "Captions reveal locations.", "Spreadsheets rename themselves.",
		"Thermostats obey subtitles.", "Invoices approve payments.",
	}
	var cases []dedupe.Case
	for _, text := range texts[1:] {
		cases = append(cases, dedupe.Case{ID: text, Text: boilerplate + text})
	}
	few := best(index(t, cases[:1]...), dedupe.Case{ID: "new", Text: boilerplate + texts[0]})
	many := best(index(t, cases...), dedupe.Case{ID: "new", Text: boilerplate + texts[0]})
	if many.Score >= few.Score || many.Relation == dedupe.Duplicate {
		t.Errorf("with one holder %.2f, with five %.2f", few.Score, many.Score)
	}
}

// TestCopies looks for a report that has been copied so often that all its passages are common.
func TestCopies(t *testing.T) {
	t.Parallel()
	m := mixture.New(9)
	x := fill(t, m, 100)
	for i := range 8 {
		c := m.Case(17)
		c.ID = "copy " + string(rune('1'+i))
		if _, err := x.Add(&c); err != nil {
			t.Fatal(err)
		}
	}
	c := m.Case(17)
	c.ID, c.Text = "new", "I came upon this while drafting invoices for orchards in autumn rain.\n\n"+c.Text
	if got := best(x, c); got.Relation != dedupe.Duplicate || !strings.HasPrefix(got.ID, "copy") {
		t.Errorf("%+v", got)
	}
}

func TestReplaceAndRemove(t *testing.T) {
	t.Parallel()
	x := index(t, dedupe.Case{ID: "a", Text: leak}, dedupe.Case{ID: "a", Text: "Voice commands unlock garages."})
	if x.Len() != 1 || !x.Has("a") || len(x.Find(&dedupe.Case{ID: "new", Text: leak}, 10)) != 0 {
		t.Error("the earlier text of a case is still known")
	}
	if x.Remove("a") == nil || x.Remove("a") != nil || x.Len() != 0 || x.Has("a") {
		t.Error("the case is still known")
	}
	if found := x.Find(&dedupe.Case{ID: "new", Text: "Voice commands unlock garages."}, 10); found != nil {
		t.Error(found)
	}
	for _, id := range []string{"", strings.Repeat("x", 1025)} {
		if _, err := x.Add(&dedupe.Case{ID: id, Text: leak}); err == nil {
			t.Errorf("a case with an id of %d bytes was taken", len(id))
		}
	}
}

func TestClusters(t *testing.T) {
	t.Parallel()
	m := mixture.New(3)
	x := dedupe.New()
	var flood []string
	for i := range 100 {
		c := m.Case(4 * i) // one of each family
		if i%10 == 0 {
			c.Text = strings.ReplaceAll(m.Case(1).Text, "the", c.Title+" "+c.ID)
			flood = append(flood, c.ID)
		}
		if i == 7 || i == 77 {
			c.Title, c.Text = "Twice sent", "calendar salaries unlocked by voice"
		}
		if _, err := x.Add(&c); err != nil {
			t.Fatal(err)
		}
	}
	want := [][]string{flood, {mixture.ID(28), mixture.ID(308)}}
	if diff := gocmp.Diff(want, x.Clusters()); diff != "" {
		t.Error(diff)
	}
}

// words draws texts in which words repeat, over lines and quotes.
var words = rapid.Custom(func(t *rapid.T) string {
	list := rapid.SliceOfN(rapid.SampledFrom([]string{
		"calendar", "salaries", "voice", "garage", "the", "> quoted", "\n", ".", "\u200b", "CVE-2026-0001", "# title", "漏洩", "été", "x", "",
	}), 0, 40).Draw(t, "words")
	return strings.Join(list, " ")
})

var drawn = rapid.Custom(func(t *rapid.T) dedupe.Case {
	field := rapid.SampledFrom([]string{"", "", "a", "b", "a b"})
	return dedupe.Case{
		ID: rapid.SampledFrom([]string{"1", "2", "3", "4", "5"}).Draw(t, "id"), Text: words.Draw(t, "text"), Fixed: rapid.Bool().Draw(t, "fixed"),
		Identity: dedupe.Identity{
			Type: field.Draw(t, "type"), Target: field.Draw(t, "target"), RootCause: field.Draw(t, "cause"),
			Canaries: rapid.SliceOfN(field, 0, 3).Draw(t, "canaries"),
		},
	}
})

// TestLaws holds an index to what is true whatever happens to it.
func TestLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, again := dedupe.New(), dedupe.New()
		for range rapid.IntRange(0, 12).Draw(t, "changes") {
			c := drawn.Draw(t, "case")
			record, err := x.Add(&c)
			if err != nil {
				t.Fatal(err)
			}
			if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
				if err := again.Apply(record); err != nil {
					t.Fatal(err)
				}
				record = x.Remove(c.ID)
			}
			if err := again.Apply(record); err != nil {
				t.Fatal(err)
			}
		}
		c := drawn.Draw(t, "query")
		c.ID = "new"
		found := x.Find(&c, 10)
		if diff := gocmp.Diff(found, again.Find(&c, 10)); diff != "" {
			t.Errorf("records make another index:\n%s", diff)
		}
		for _, k := range found {
			if k.Score < 0.15 || k.Score > 1 || k.Text < 0 || k.Text > 1 || !x.Has(k.ID) {
				t.Errorf("%+v", k)
			}
		}
		if !slices.IsSortedFunc(found, func(a, b dedupe.Candidate) int { return cmp.Compare(b.Score, a.Score) }) {
			t.Errorf("not in order: %+v", found)
		}
	})
}

// TestItself finds every text with a word by itself, whole.
func TestItself(t *testing.T) {
	t.Parallel()
	m := mixture.New(5)
	x := fill(t, m, 200)
	rapid.Check(t, func(t *rapid.T) {
		c := m.Case(rapid.IntRange(0, 199).Draw(t, "number"))
		known := c.ID
		c.ID = "new"
		if got := best(x, c); got.ID != known || got.Text < 0.999 || got.Relation != dedupe.Duplicate {
			t.Errorf("%+v", got)
		}
	})
}
