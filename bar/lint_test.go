package bar_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"bugbar/bar"
)

func TestLintClean(t *testing.T) {
	t.Parallel()
	if problems := bar.Lint(door(t), nil); len(problems) > 0 {
		t.Errorf("problems in a sound bar: %v", problems)
	}
}

// TestLint breaks the door bar in one place at a time.
func TestLint(t *testing.T) {
	t.Parallel()
	const lock, reach, doc = "tables/lock.csv", "points/reach.yaml", "bar.yaml"
	for _, test := range []struct {
		name string
		edit edit
		want string
	}{
		{"no document", edit{doc, "", ""}, "bar.yaml: file does not exist"},
		{"empty document", edit{doc, "", "\n"}, "bar.yaml: the file is empty"},
		{"no YAML", edit{doc, "prefix: DOOR", "prefix: [DOOR"}, "bar.yaml:8: did not find expected ',' or ']'"},
		{"unknown key", edit{doc, "prefix:", "prefxi:"}, "bar.yaml:9: field prefxi not found in type bar.document"},
		{"bad id", edit{doc, "id: door", "id: Door!"}, `bar.yaml:1: id "Door!"`},
		{"bad edition", edit{doc, `"2026-01"`, `"the new one"`}, `bar.yaml:2: edition "the new one"`},
		{"no points", edit{doc, "[kind, reach, key]", "[]"}, "bar.yaml:11: 0 decision points"},
		{"bad point id", edit{doc, "[kind, reach, key]", "[kind, reach, ../key]"}, `bar.yaml:11: id "../key"`},
		{"point twice", edit{doc, "[kind, reach, key]", "[kind, reach, key, key]"}, `bar.yaml:11: decision point "key" stands twice`},
		{"no outcomes", edit{doc, "outcomes:", "sections: []\noutcomes:"}, `bar.yaml:16: mapping key "sections" already defined at line 12`},
		{"outcome twice", edit{doc, "id: later", "id: urgent"}, `bar.yaml:19: outcome "urgent" stands twice`},
		{"outcomes out of order", edit{doc, "rank: 2", "rank: 0"}, "bar.yaml:19: outcome later is graver than urgent and stands after it"},
		{"no entry", edit{doc, "entry: kind", "entry: kidn"}, `bar.yaml:10: unknown entry table "kidn"`},
		{"missing text", edit{doc, "text: How loud it is.", `text: " "`}, "bar.yaml:26: considerations[0].text is missing"},
		{"section twice", edit{doc, "outcomes:", "  - {id: doors, title: D, text: D}\noutcomes:"}, `bar.yaml:16: id "doors" stands twice in sections`},
		{"unknown section", edit{doc, "section: doors, text: What keeps", "section: gates, text: What keeps"}, `bar.yaml:22: unknown section "gates"`},
		{"unknown type", edit{doc, "types: [lock]", "types: [bolt]"}, `bar.yaml:22: unknown value of kind "bolt"`},
		{"unknown gate row", edit{doc, "rows: [DOOR-LOCK-0]", "rows: [DOOR-LOCK-7]"}, `bar.yaml:24: unknown row "DOOR-LOCK-7"`},
		{"unknown scale", edit{doc, "scales: [severity]", "scales: [weight]"}, `bar.yaml:26: no outcome stands on the scale "weight"`},
		{"unknown notice value", edit{doc, "value: window", "value: door"}, `bar.yaml:27: unknown value of kind "door"`},
		{"unknown notice row", edit{doc, "notice: {row: DOOR-WINDOW-1", "notice: {row: DOOR-WINDOW-2"}, `bar.yaml:27: unknown row "DOOR-WINDOW-2"`},
		{"unknown discretion row", edit{doc, "row: DOOR-OTHER-1, section", "row: DOOR-OTHER-2, section"}, `bar.yaml:28: unknown row "DOOR-OTHER-2"`},
		{"overrides nothing", edit{doc, "prefix: DOOR", "prefix: DOOR\noverrides: [{row: DOOR-LOCK-0, outcome: later, because: x}]"}, "bar.yaml:10: overrides without a bar that this one extends"},

		{"no point file", edit{reach, "", ""}, "points/reach.yaml: file does not exist"},
		{"wrong point id", edit{reach, "id: reach", "id: range"}, `points/reach.yaml:1: id "range" in the file of "reach"`},
		{"value twice", edit{reach, "id: hall", "id: flat"}, `points/reach.yaml:9: value "flat" stands twice`},
		{"value but for a hyphen", edit{"points/key.yaml", "id: no-key,", "id: with_key,"}, `points/key.yaml:9: value "with_key" stands twice`},
		{"value that is no id", edit{reach, "id: hall", "id: the hall"}, `points/reach.yaml:9: value "the hall" is no id`},
		{"value that is reserved", edit{reach, "id: hall", "id: unknown"}, `points/reach.yaml:9: a value named "unknown"`},
		{"point that is reserved", edit{doc, "[kind, reach, key]", "[kind, reach, key, id]"}, `bar.yaml:11: a decision point named "id"`},
		{"two documents", edit{reach, "values:", "values: []\n---\nvalues:"}, "points/reach.yaml:8: more than one YAML document"},
		{"bar id with an underscore", edit{doc, "id: door", "id: front_door"}, `bar.yaml:1: id "front_door"`},
		{"one value", edit{"points/key.yaml", "  - {id: no-key, name: Without, text: It takes no key.}\n", ""}, "points/key.yaml:7: 1 values"},
		{"missing question", edit{reach, "question: From where can it be opened?", `question: ""`}, "points/reach.yaml:1: question is missing"},
		{"missing value text", edit{reach, "text: From the hall.", "text: ''"}, "points/reach.yaml:9: values[1].text is missing"},
		{"one example", edit{"points/key.yaml", "  - story: It opened with a hair pin, from who knows where.\n    facts: {kind: lock, key: no-key}\n    answer: no-key\n    outcome: undetermined\n", ""}, "points/key.yaml:10: 1 worked examples, and a decision point needs two"},
		{"untrue example", edit{reach, "outcome: later", "outcome: urgent"}, "points/reach.yaml:16: example 2: its facts lead to later, not to urgent (rows DOOR-LOCK-1)"},
		{"wrong example row", edit{reach, "row: DOOR-LOCK-1", "row: DOOR-LOCK-2"}, "points/reach.yaml:16: example 2: its facts lead to row DOOR-LOCK-1, not to DOOR-LOCK-2"},
		{"example beside the point", edit{reach, "answer: hall", "answer: flat"}, `points/reach.yaml:16: example 2: the answer "flat" is not what its facts say of reach`},
		{"example of unknown facts", edit{reach, "reach: street, key: no-key", "reach: street, color: red"}, `points/reach.yaml:12: example 1: unknown decision point "color"`},

		{"no tables", edit{"tables/kind.csv", "", ""}, `bar.yaml:10: unknown entry table "kind"`},
		{"empty table", edit{lock, "", "\n"}, "tables/lock.csv: the table is empty"},
		{"bad header", edit{lock, "row,key,reach,outcome", "row,key,reach,result"}, "tables/lock.csv:1: the header is row,key,reach,result,table,section,text"},
		{"no input", edit{"tables/kind.csv", "", "row,outcome,table,section,text\nDOOR-ALL-1,later,,doors,x\n"}, "tables/kind.csv:1: the header is row,outcome,table,section,text"},
		{"short row", edit{lock, "DOOR-LOCK-0,with-key,*,", "DOOR-LOCK-0,with-key,"}, "tables/lock.csv:2: wrong number of fields"},
		{"open quote", edit{lock, "It opens from inside.", `"It opens`}, "tables/lock.csv:4: extraneous or missing \" in quoted-field"},
		{"unknown input", edit{lock, "row,key,reach", "row,key,raech"}, `tables/lock.csv:1: unknown decision point "raech"`},
		{"input twice", edit{lock, "row,key,reach", "row,key,key"}, `tables/lock.csv:1: decision point "key" stands twice in the header`},
		{"unknown cell", edit{lock, "flat|hall", "flat|hal"}, `tables/lock.csv:3: unknown value of reach "hal"`},
		{"unknown outcome", edit{lock, "street,urgent", "street,urgnet"}, `tables/lock.csv:4: unknown outcome "urgnet"`},
		{"outcome and table", edit{lock, "street,urgent,,", "street,urgent,kind,"}, "tables/lock.csv:4: a row needs an outcome or a table to go on with, and not both"},
		{"neither", edit{lock, "street,urgent,,", "street,,,"}, "tables/lock.csv:4: a row needs an outcome or a table to go on with, and not both"},
		{"no row id", edit{lock, "DOOR-LOCK-2", ""}, "tables/lock.csv:4: a row with an outcome needs an id"},
		{"row id twice", edit{lock, "DOOR-LOCK-2", "DOOR-LOCK-1"}, "tables/lock.csv:4: row id DOOR-LOCK-1 stands at tables/lock.csv:3 as well"},
		{"foreign row id", edit{lock, "DOOR-LOCK-2", "GATE-2"}, "tables/lock.csv:4: row id GATE-2"},
		{"unknown next table", edit{"tables/kind.csv", ",lock,,lock,,", ",lock,,locks,,"}, `tables/kind.csv:2: unknown table "locks"`},
		{"gap", edit{lock, "flat|hall", "flat"}, "tables/lock.csv: no row decides key=no-key reach=hall"},
		{"many gaps", edit{lock, "DOOR-LOCK-0,with-key,*,no-fault,,doors,A lock that takes its key works.\nDOOR-LOCK-1,no-key,flat|hall,later,,doors,It opens from inside.\n", ""}, "tables/lock.csv: and 2 more combinations that no row decides"},
		{"overlap", edit{lock, "flat|hall", "flat|hall|street"}, "tables/lock.csv:4: the row on line 3 decides key=no-key reach=street as well"},
		{"table nothing leads to", edit{"tables/attic.csv", "", "row,key,outcome,table,section,text\nDOOR-ATTIC-1,*,later,,doors,Up there.\n"}, "tables/attic.csv:2: this row can never fire"},
		{"answer decided before", edit{lock, "", "row,kind,outcome,table,section,text\nDOOR-LOCK-0,lock,later,,doors,x\nDOOR-LOCK-1,window|other,later,,doors,x\n"}, "tables/lock.csv:3: this row can never fire"},
		{"circle", edit{lock, "street,urgent,,", "street,,kind,"}, "tables/kind.csv: the tables lead in a circle: kind -> lock -> kind"},
		{"worse lowers", edit{lock, "DOOR-LOCK-0,with-key,*,no-fault", "DOOR-LOCK-0,with-key,*,urgent"}, "tables/lock.csv:3: key=no-key is worse than with-key, yet lowers urgent (row DOOR-LOCK-0) to later (row DOOR-LOCK-1)"},
		{"row without text", edit{lock, "It opens from inside.", ""}, "tables/lock.csv:3: row DOOR-LOCK-1 has no text"},
		{"row without section", edit{lock, "later,,doors", "later,,"}, "tables/lock.csv:3: row DOOR-LOCK-1 has no section"},
		{"row of unknown section", edit{lock, "later,,doors", "later,,roof"}, `tables/lock.csv:3: unknown section "roof"`},

		{"cut of unknown value", edit{"cuts.yaml", "sufficient: no-key", "sufficient: some-key"}, `cuts.yaml:2: unknown value of key "some-key"`},
		{"cut of unknown type", edit{"cuts.yaml", "types: [lock]", "types: [chain]"}, `cuts.yaml:7: unknown value of kind "chain"`},
		{"cut without bound", edit{"cuts.yaml", ", at_least: 0.5", ""}, "cuts.yaml:10: a condition needs at_least or above, and not both"},
		{"cut without metric", edit{"cuts.yaml", "metric: rate, ", ""}, "cuts.yaml:10: a condition needs a metric"},
		{"cut of any and one", edit{"cuts.yaml", "metric: rate, at_least: 0.5", "metric: rate, any: [{metric: rate, above: 1}]"}, "cuts.yaml:10: a condition with any has no metric of its own"},
		{"cut of any", edit{"cuts.yaml", "metric: rate, at_least: 0.5", "any: [{metric: rate, above: 1, at_least: 1}]"}, "cuts.yaml:10: a condition needs at_least or above, and not both"},
		{"cut without alternatives", edit{"cuts.yaml", "    alternatives:\n      - [{metric: rate, at_least: 0.5}]\n", ""}, "cuts.yaml:5: cut picking has no alternatives"},
		{"cut that is no number", edit{"cuts.yaml", "0.5", "half"}, "cuts.yaml:10: cannot unmarshal !!str `half` into float64"},
		{"mapping header", edit{"mappings.csv", "taxonomy", "taxon"}, "mappings.csv:1: wrong header"},
		{"mapping of unknown value", edit{"mappings.csv", "kind,lock", "kind,bolt"}, `mappings.csv:2: unknown value of kind "bolt"`},
		{"mapping relation", edit{"mappings.csv", "equivalent", "kind of"}, `mappings.csv:2: relation "kind of" of L1 is none of equivalent, partial, inferred`},
		{"mapping edition", edit{"mappings.csv", "2025", ""}, "mappings.csv:2: a mapping of kind/lock lacks its taxonomy, edition, id or provenance"},
		{"mapping fields", edit{"mappings.csv", ",made for tests", ""}, "mappings.csv:2: wrong number of fields"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			problems := bar.Lint(door(t, test.edit), nil)
			for _, p := range problems {
				if p.String() == test.want {
					return
				}
			}
			t.Errorf("want %s\ngot  %s", test.want, bar.Problems(problems).Error())
		})
	}
}

// layer returns the files of a bar that extends another.
func layer(id, extends, more string) fstest.MapFS {
	text := fmt.Sprintf("id: %s\nedition: '1'\ntitle: T\nsummary: S\nsource: {title: T, publisher: P, read: '2026'}\nextends: %s\n%s", id, extends, more)
	return fstest.MapFS{"bar.yaml": {Data: []byte(text)}}
}

func finder(folders map[string]fs.FS) bar.Finder {
	return func(ref string) (fs.FS, error) {
		if f, ok := folders[ref]; ok {
			return f, nil
		}
		return nil, fs.ErrNotExist
	}
}

func TestExtends(t *testing.T) {
	t.Parallel()
	strict := layer("strict", "door@2026-01", "overrides: [{row: DOOR-LOCK-1, outcome: urgent, because: Children live here.}]\n")
	twice := layer("twice", "strict@1", "overrides: [{row: DOOR-OTHER-1, outcome: later, because: We mend everything.}]\n")
	find := finder(map[string]fs.FS{"door@2026-01": door(t), "strict@1": strict})

	for name, folder := range map[string]fs.FS{"strict": strict, "twice": twice} {
		if problems := bar.Lint(folder, find); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
	b, err := bar.Load(twice, find)
	if err != nil {
		t.Fatal(err)
	}
	row, err := b.Decide([]string{"lock", "hall", "no-key"})
	if err != nil || row.Outcome != "urgent" || row.BaseOutcome != "later" || row.Because != "Children live here." {
		t.Errorf("row %+v, %v", row, err)
	}
	third := layer("third", "twice@1", "overrides: [{row: DOOR-LOCK-1, outcome: later, because: They moved out.}]\n")
	top, err := bar.Load(third, finder(map[string]fs.FS{"door@2026-01": door(t), "strict@1": strict, "twice@1": twice}))
	if err != nil {
		t.Fatal(err)
	}
	want := []bar.Layer{{Bar: "door@2026-01", Outcome: "later"}, {Bar: "strict@1", Outcome: "urgent", Because: "Children live here."}}
	changed := top.Row("DOOR-LOCK-1")
	if diff := cmp.Diff(want, changed.Layers); diff != "" || top.BaseOf(changed).Ref() != "strict@1" || len(row.Layers) != 1 {
		t.Errorf("base %s, %s", top.BaseOf(changed).Ref(), diff)
	}
	if got := b.BaseOf(row).Ref(); got != "door@2026-01" {
		t.Errorf("the base of %s is %s", row.ID, got)
	}
	if got := b.BaseOf(b.Row("DOOR-OTHER-1")).Ref(); got != "door@2026-01" {
		t.Errorf("the base of DOOR-OTHER-1 is %s", got)
	}
	if got := b.BaseOf(b.Row("DOOR-LOCK-2")).Ref(); got != "twice@1" {
		t.Errorf("the base of a row that nobody overrides is %s", got)
	}
	base, err := bar.Load(door(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if base.Row("DOOR-LOCK-1").Outcome != "later" {
		t.Error("the override changed its base")
	}
}

func TestExtendsRefuses(t *testing.T) {
	t.Parallel()
	if _, err := bar.Load(layer("a", "gate@1", ""), nil); err == nil || !strings.Contains(err.Error(), `extends "gate@1", and no place to look for it is known`) {
		t.Error(err)
	}
	folders := map[string]fs.FS{
		"door@2026-01": door(t),
		"broken@1":     fstest.MapFS{"bar.yaml": {Data: []byte("id: broken\n")}},
		"self@1":       layer("self", "self@1", ""),
		"left@1":       layer("left", "right@1", ""),
		"right@1":      layer("right", "left@1", ""),
	}
	for i := range 12 {
		folders[fmt.Sprintf("deep%d@1", i)] = layer(fmt.Sprintf("deep%d", i), fmt.Sprintf("deep%d@1", i+1), "")
	}
	for _, test := range []struct {
		name string
		bar  fs.FS
		want string
	}{
		{"missing", layer("a", "nowhere@1", ""), `bar.yaml:6: extends "nowhere@1": file does not exist`},
		{"broken", layer("a", "broken@1", ""), `extends "broken@1", which does not load`},
		{"self", folders["self@1"], "bars extend each other in a circle: self@1 -> self@1"},
		{"circle", folders["left@1"], "bars extend each other in a circle: left@1 -> right@1 -> left@1"},
		{"too deep", folders["deep0@1"], "more than 8 layers of bars"},
		{"unknown notice", layer("a", "door@2026-01", "notice: {row: DOOR-LOCK-1, point: kind, value: pane}"), `bar.yaml:7: unknown value of kind "pane"`},
		{"unknown referral", layer("a", "door@2026-01", "referral: {row: DOOR-LOCK-9}"), `bar.yaml:7: unknown row "DOOR-LOCK-9"`},
		{"unknown row", layer("a", "door@2026-01", "overrides: [{row: DOOR-LOCK-9, outcome: later, because: x}]"), `bar.yaml:7: unknown row "DOOR-LOCK-9"`},
		{"unknown outcome", layer("a", "door@2026-01", "overrides: [{row: DOOR-LOCK-1, outcome: latr, because: x}]"), `bar.yaml:7: unknown outcome "latr"`},
		{"row twice", layer("a", "door@2026-01", "overrides:\n  - {row: DOOR-LOCK-1, outcome: later, because: x}\n  - {row: DOOR-LOCK-1, outcome: urgent, because: x}\n"), "bar.yaml:9: row DOOR-LOCK-1 is overridden twice"},
		{"outcomes of its own", layer("a", "door@2026-01", "outcomes: []\n"), "bar.yaml:7: a bar that extends another takes its decision points and tables from it"},
		{"tables of its own", layer("a", "door@2026-01", "entry: kind\n"), "bar.yaml:7: a bar that extends another takes its decision points and tables from it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := bar.Load(test.bar, finder(folders))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %s\ngot  %v", test.want, err)
			}
		})
	}
}

// TestLayerLint has faults of layered bars, each with the line of the layer that brings it about.
func TestLayerLint(t *testing.T) {
	t.Parallel()
	const cuts = "point: key\nsufficient: no-key\ninsufficient: with-key\ncuts:\n  - {id: a, kind: trials, types: [lock], text: T, alternatives: [[{metric: rate, above: 0}]]}\n"
	find := finder(map[string]fs.FS{"door@2026-01": door(t)})
	for _, test := range []struct {
		name, more string
		edit       edit
		want       string
	}{
		{"worse lowers", "overrides: [{row: DOOR-LOCK-2, outcome: no-fault, because: We like visitors.}]\n", edit{}, "bar.yaml:7: reach=street is worse than flat, yet lowers later (row DOOR-LOCK-1) to no-fault (row DOOR-LOCK-2)"},
		{"milder raised", "overrides: [{row: DOOR-LOCK-0, outcome: urgent, because: x}]\n", edit{}, "bar.yaml:7: key=no-key is worse than with-key, yet lowers urgent (row DOOR-LOCK-0) to later (row DOOR-LOCK-1)"},
		{"worse leaves the scale", "overrides: [{row: DOOR-LOCK-2, outcome: refused, because: x}]\n", edit{}, "bar.yaml:7: reach=street is worse than flat, yet moves later (row DOOR-LOCK-1) to refused (row DOOR-LOCK-2)"},
		{"all leave the scale", "overrides:\n  - {row: DOOR-LOCK-1, outcome: refused, because: x}\n  - {row: DOOR-LOCK-2, outcome: refused, because: x}\n", edit{}, ""},
		{"no reason", "overrides: [{row: DOOR-LOCK-1, outcome: urgent}]\n", edit{}, "bar.yaml:7: overrides[0].because is missing"},
		{"notice's row", "overrides: [{row: DOOR-WINDOW-1, outcome: later, because: x}]\n", edit{}, "bar.yaml:7: row DOOR-WINDOW-1 belongs to the notice and is never overridden"},
		{"notice without text", "notice: {row: DOOR-WINDOW-1, point: kind, value: window, section: doors, question: Q}\n", edit{}, "bar.yaml:7: notice.text is missing"},
		{"referral of unknown section", "referral: {row: DOOR-OTHER-1, section: roof, text: T}\n", edit{}, `bar.yaml:7: unknown section "roof"`},
		{"consideration of unknown scale", "considerations: [{id: a, name: A, section: doors, text: T, scales: [weight]}]\n", edit{}, `bar.yaml:7: no outcome stands on the scale "weight"`},
		{"section of the base", "sections: [{id: doors, title: T, text: T}]\n", edit{}, `bar.yaml:7: id "doors" stands twice in sections`},
		{"section without text", "sections: [{id: roof, title: T}]\n", edit{}, "bar.yaml:7: sections[0].text is missing"},
		{"mapping", "", edit{"mappings.csv", "", "point,value,taxonomy,edition,id,name,relation,provenance\nkind,bolt,L,1,L1,,equivalent,x\n"}, `mappings.csv:2: unknown value of kind "bolt"`},
		{"cut", "", edit{"cuts.yaml", "", strings.Replace(cuts, "[lock]", "[bolt]", 1)}, `cuts.yaml:5: unknown value of kind "bolt"`},
		{"cut twice", "", edit{"cuts.yaml", "", cuts + "  - {id: a, kind: theft, types: [lock], text: T, alternatives: [[{metric: rate, above: 0}]]}\n"}, `cuts.yaml:6: cut "a" stands twice`},
		{"kind of cut twice", "", edit{"cuts.yaml", "", cuts + "  - {id: b, kind: trials, types: [lock], text: T, alternatives: [[{metric: rate, above: 0}]]}\n"}, "cuts.yaml:6: cuts a and b are both for measurements of trials"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := layer("a", "door@2026-01", test.more)
			test.edit.apply(t, files)
			if got := bar.Problems(bar.Lint(files, find)).Error(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

type brokenFS struct{ fs.FS }

func (b brokenFS) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	if err != nil || name != "cuts.yaml" {
		return f, err
	}
	return brokenFile{f}, nil
}

type brokenFile struct{ fs.File }

func (brokenFile) Read([]byte) (int, error) { return 0, errors.New("the disk hums") }

func TestLoadDiskFault(t *testing.T) {
	t.Parallel()
	_, err := bar.Load(brokenFS{door(t)}, nil)
	if err == nil || err.Error() != "cuts.yaml: the disk hums" {
		t.Error(err)
	}
}

// FuzzLoad feeds the loader hostile files, as a bar and as a layer over one: it answers with a bar
// or with problems, and never panics. What loads decides everything.
func FuzzLoad(f *testing.F) {
	files := door(f)
	read := func(name string) string { return string(files[name].Data) }
	const over = "id: a\nedition: '1'\nextends: door\n"
	f.Add(read("bar.yaml"), read("points/reach.yaml"), read("tables/kind.csv"), read("tables/lock.csv"), read("cuts.yaml"), over)
	f.Add(bomb(), "", "row,key\n", "row,key\n", "cuts: [[[", over+"overrides: [{row: DOOR-LOCK-1, outcome: urgent}]")
	f.Add(read("bar.yaml"), read("points/reach.yaml"), "row,outcome,table,section,text\nDOOR-1,later,,doors,x\n", "", "", over+"notice: {row: x}")
	f.Add(read("bar.yaml"), "id: reach\nvalues: [{id: a}, {id: b}]", read("tables/kind.csv"), "row,reach,outcome,table,section,text\n,*,,kind,,\n", "", over)
	f.Fuzz(func(t *testing.T, doc, point, entry, table, cuts, over string) {
		files := door(t)
		for name, text := range map[string]string{
			"bar.yaml": doc, "points/reach.yaml": point, "tables/kind.csv": entry, "tables/lock.csv": table, "cuts.yaml": cuts,
		} {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		decides(t, files, nil)
		decides(t, fstest.MapFS{"bar.yaml": {Data: []byte(over)}}, finder(map[string]fs.FS{"door": files}))
	})
}

func decides(t *testing.T, folder fs.FS, find bar.Finder) {
	t.Helper()
	b, err := bar.Load(folder, find)
	bar.Lint(folder, find)
	if err != nil {
		return
	}
	values := make([]string, len(b.Points))
	for i, p := range b.Points {
		values[i] = p.Values[0].ID
	}
	if row, err := b.Decide(values); err != nil || row == nil {
		t.Errorf("%v lead to %v, %v", values, row, err)
	}
}
