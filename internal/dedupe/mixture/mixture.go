// Package mixture writes reports to measure the search for duplicates on: any number of them, from a
// seed, with near-duplicates and with hard negatives. Tests and benchmarks use it, the program does not.
//
// Four reports in a row are a family: the same reporter, with one signature, writes about the same
// product and type of weakness in the same template, and each of the four is about another bug. So
// every report has three hard negatives in the mixture itself. About forty families more share product
// and type among a hundred thousand reports.
//
// A report depends on the seed and its number alone, so a million of them need not be held.
package mixture

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"bugbar/internal/dedupe"
)

// Mixture is an endless list of reports.
type Mixture struct{ seed uint64 }

// New returns the mixture of a seed.
func New(seed uint64) Mixture { return Mixture{seed} }

// family is the number of reports that share everything but the bug.
const family = 4

// ID is the id of the report with a number from 0 on.
func ID(number int) string { return fmt.Sprintf("case-%07d", number) }

// Case is the report with a number from 0 on.
func (m Mixture) Case(number int) dedupe.Case {
	return m.writer(number, 1).write(ID(number))
}

// Sibling is a hard negative: one more report of the family of a report, on a bug that no report of
// the mixture is about.
func (m Mixture) Sibling(number int) dedupe.Case {
	return m.writer(number, 2).write(ID(number) + "-sibling")
}

// Duplicate is the report with a number, told again: see rework. Half of them are told by another
// reporter, who has a signature, a host, a marker and figures of their own.
func (m Mixture) Duplicate(number int) dedupe.Case {
	r := rand.New(rand.NewPCG(m.seed, uint64(number)<<8|3))
	w := m.writer(number, 1)
	if r.IntN(2) == 0 {
		w.teller = r
	}
	c := w.write(ID(number) + "-again")
	c.Title, c.Text = rework(r, c.Title, c.Text)
	if r.IntN(4) == 0 {
		c.Type, c.Target = "", "" // reports often leave them out
	}
	return c
}

// writer fills the sentences of a report in. Each stream of random numbers decides some of it.
type writer struct {
	family *rand.Rand // what siblings share
	bug    *rand.Rand // what they do not
	teller *rand.Rand // what another reporter changes; nil where it is the same
	slots  map[string]string
}

func (m Mixture) writer(number int, stream uint64) *writer {
	return &writer{
		family: rand.New(rand.NewPCG(m.seed, uint64(number/family)<<8)),
		bug:    rand.New(rand.NewPCG(m.seed, uint64(number)<<8|stream)),
	}
}

func (w *writer) write(id string) dedupe.Case {
	kind := pick(w.family, kinds)
	product := pick(w.family, products)
	w.details(product)
	c := dedupe.Case{ID: id, Title: w.sentence(w.family, titles), Text: w.text(kind)}
	c.Type, c.Target = kind.name, product
	return c
}

// text writes the sections of a report. The family picks the sentences, the bug what they are about.
func (w *writer) text(kind kind) string {
	var out strings.Builder
	style := pick(w.family, headings)
	section := func(name string, sentences ...string) {
		fmt.Fprintf(&out, style+"\n\n%s\n\n", name, strings.Join(sentences, " "))
	}
	section("Summary", w.sentence(w.family, kind.claims), w.sentence(w.family, summaries), w.sentence(w.bug, findings))
	section("Environment", w.some(w.family, environments, 2)...)
	fmt.Fprintf(&out, style+"\n\n", "Steps to reproduce")
	for i, step := range append(w.some(w.family, steps, 4), w.some(w.bug, findings, 2)...) {
		fmt.Fprintf(&out, "%d. %s\n", i+1, step)
	}
	fmt.Fprintf(&out, "\n```text\n%s\n```\n\n", w.sentence(w.family, payloads))
	section("What happened", append(w.some(w.family, results, 3), w.some(w.bug, findings, 2)...)...)
	section("Impact", append(w.some(w.family, kind.impacts, 1), w.some(w.family, impacts, 2)...)...)
	section("Notes", append(w.some(w.bug, notes, 2), w.some(w.family, boilerplate, 2)...)...)
	out.WriteString(w.signature())
	return out.String()
}

// some picks a number of different sentences.
func (w *writer) some(r *rand.Rand, list []string, n int) []string {
	var picked []string
	for _, i := range r.Perm(len(list))[:n] {
		picked = append(picked, w.fill(list[i]))
	}
	return picked
}

func (w *writer) sentence(r *rand.Rand, list []string) string { return w.fill(pick(r, list)) }

// fill puts details for the names in braces. What each name stands for is settled once for each
// report, except in findings, which draw their words anew.
func (w *writer) fill(sentence string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(sentence, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		if value, settled := w.slots[name]; settled {
			out.WriteString(value)
		} else {
			out.WriteString(pick(w.bug, words[name]))
		}
		sentence = after
	}
}

// details settles what a report is about.
func (w *writer) details(product string) {
	w.slots = map[string]string{
		"product":   product,
		"component": name(w.bug) + pick(w.bug, words["part"]),
		"channel":   pick(w.bug, words["channel"]),
		"loot":      pick(w.bug, words["loot"]),
		"tool":      name(w.bug) + "_" + pick(w.bug, words["verb"]),
	}
	w.circumstances(w.bug)
	if w.teller != nil {
		w.circumstances(w.teller)
	}
}

// circumstances differ from one report of a bug to the next.
func (w *writer) circumstances(r *rand.Rand) {
	w.slots["host"] = name(r) + ".example." + pick(r, []string{"org", "net", "com"})
	w.slots["marker"] = fmt.Sprintf("%s-%04d", strings.ToUpper(name(r)), r.IntN(10_000))
	w.slots["build"] = fmt.Sprintf("%d.%d.%d", 1+r.IntN(9), r.IntN(30), r.IntN(10))
	w.slots["tried"] = fmt.Sprint(10 * (1 + r.IntN(10)))
	w.slots["worked"] = fmt.Sprint(1 + r.IntN(99))
	w.slots["day"] = fmt.Sprintf("2026-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28))
}

// signature closes all reports of a reporter alike, and no others.
func (w *writer) signature() string {
	r := w.family
	if w.teller != nil {
		r = w.teller
	}
	first, last := name(r), name(r)
	return fmt.Sprintf("Reported by %s %s of %s labs. Write to %s@%s.example. My key is %08X%08X. %s\n",
		first, last, name(r), first, last, r.Uint32(), r.Uint32(), pick(r, boilerplate))
}

// name invents a name.
func name(r *rand.Rand) string {
	return pick(r, onsets) + pick(r, middles) + pick(r, codas)
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
