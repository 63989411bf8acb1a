package casebook_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

func links(c *casebook.Case) []string {
	var all []string
	for _, l := range c.Links {
		all = append(all, l.Kind+" "+l.To.String())
	}
	return all
}

func TestRelate(t *testing.T) {
	suite(t, func(w *world) {
		lee, kim := w.person("lee", casebook.Triager), w.person("kim", casebook.Triager)
		_, a := w.submit(sys, w.report("a"))
		_, b := w.submit(sys, w.report("b"))
		must[*casebook.Case](w)(w.Propose(w.Context(), sys, a.ID, []casebook.Candidate{{Case: b.ID, Score: 0.9, Relation: "duplicate"}, {Case: a.ID}}))
		must[*casebook.Case](w)(w.Propose(w.Context(), sys, b.ID, []casebook.Candidate{{Case: a.ID, Score: 0.9, Relation: "duplicate"}}))
		w.screened1(lee, a.ID)
		_, err := w.Move(w.Context(), lee, a.ID, casebook.Step{To: "triaging"})
		w.refused(fault.Conflict, err, "suggested duplicate")
		// Both ways at the same moment: both links stand, whoever was first.
		var both sync.WaitGroup
		for _, pair := range [][2]casebook.ID{{a.ID, b.ID}, {b.ID, a.ID}} {
			both.Go(func() {
				if _, err := w.Relate(w.Context(), lee, pair[0], casebook.Link{Kind: "same-root-cause", To: pair[1]}); err != nil {
					w.Error(err)
				}
			})
		}
		both.Wait()
		for _, pair := range [][2]casebook.ID{{a.ID, b.ID}, {b.ID, a.ID}} {
			c := must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, pair[0]))
			if got := links(c); !slices.Equal(got, []string{"same-root-cause " + pair[1].String()}) || len(c.Pending) != 0 {
				w.Errorf("%s: %v, pending %v", pair[0], got, c.Pending)
			}
		}
		_, err = w.Relate(w.Context(), lee, a.ID, casebook.Link{Kind: "friend", To: b.ID})
		w.refused(fault.Invalid, err)
		// Of a case that one may not see, nothing can be said, and nothing changes.
		_, kept := w.submit(sys, w.report("kept"))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, kept.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(time.Hour))}))
		_, err = w.Relate(w.Context(), kim, a.ID, casebook.Link{Kind: "related", To: kept.ID})
		w.refused(fault.NotFound, err)
		if c := must[*casebook.Case](w)(w.Case(w.Context(), kim.Actor, a.ID)); len(c.Links) != 1 {
			w.Errorf("a refused relation leaves %v", links(c))
		}
	})
}

// TestNoCircleOfDuplicates: one of the cases that say the same stays the original.
func TestNoCircleOfDuplicates(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		_, a := w.submit(sys, w.report("a"))
		_, b := w.submit(sys, w.report("b"))
		_, c := w.submit(sys, w.report("c"))
		must[*casebook.Case](w)(w.Relate(w.Context(), lee, b.ID, casebook.Link{Kind: "duplicate-of", To: a.ID}))
		must[*casebook.Case](w)(w.Relate(w.Context(), lee, b.ID, casebook.Link{Kind: "duplicated-by", To: c.ID}))
		for _, l := range []struct {
			id   casebook.ID
			kind string
			to   casebook.ID
		}{{a.ID, "duplicate-of", b.ID}, {a.ID, "duplicate-of", c.ID}, {c.ID, "duplicated-by", a.ID}, {b.ID, "duplicate-of", c.ID}} {
			_, err := w.Relate(w.Context(), lee, l.id, casebook.Link{Kind: l.kind, To: l.to})
			w.refused(fault.Conflict, err, "duplicate of", "already")
		}
		must[*casebook.Case](w)(w.Relate(w.Context(), lee, c.ID, casebook.Link{Kind: "duplicate-of", To: a.ID}))
	})
}

// screened1 takes a case to screening, with a track.
func (w *world) screened1(by casebook.Write, id casebook.ID) {
	w.Helper()
	must[*casebook.Case](w)(w.Write(w.Context(), by, id, casebook.Post{Visibility: casebook.ToReporter, Text: "Thank you."}))
	w.move(by, id, "screening")
	must[*casebook.Case](w)(w.SetTrack(w.Context(), by, id, "security"))
}

func TestMerge(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		rae, sam := w.person("rae"), w.person("sam")
		_, first := w.submit(rae, w.report("first"))
		s := w.report("second")
		s.Findings = append(s.Findings, casebook.Finding{Title: "theft", Facts: assess.Claim("type", "model-theft")})
		_, second := w.submit(sam, s)
		_, err := w.Merge(w.Context(), lee, second.ID, first.ID, []int{1}, "the same mail")
		w.refused(fault.Conflict, err, "No move leads")
		w.screened(lee, second.ID)
		_, err = w.Merge(w.Context(), lee, second.ID, first.ID, []int{2}, "the same mail")
		w.refused(fault.NotFound, err)
		_, err = w.Merge(w.Context(), lee, second.ID, second.ID, nil, "itself")
		w.refused(fault.Invalid, err)
		c := must[*casebook.Case](w)(w.Merge(w.Context(), lee, second.ID, first.ID, []int{1}, "the same mail"))
		if c.State != "duplicate" || !slices.Contains(links(c), "merged-into "+first.ID.String()) || c.Decided != lee.Actor.ID {
			w.Errorf("merged: %s, %v", c.State, links(c))
		}
		c = must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, first.ID))
		if len(c.Findings) != 2 || c.Findings[1].Title != "theft" || !slices.Contains(links(c), "merged-from "+second.ID.String()) {
			w.Errorf("taken over: %d findings, %v", len(c.Findings), links(c))
		}
		_, err = w.Case(w.Context(), sam.Actor, first.ID)
		w.refused(fault.NotFound, err) // attack 6: a merge opens nothing
		_, third := w.submit(rae, w.report("third"))
		w.screened(lee, third.ID)
		_, err = w.Merge(w.Context(), lee, third.ID, second.ID, nil, "into a closed one")
		w.refused(fault.Conflict, err, "duplicate")
	})
}

func TestSplit(t *testing.T) {
	suite(t, func(w *world) {
		lee, kim := w.person("lee", casebook.Triager), w.person("kim", casebook.Triager)
		rae := w.person("rae")
		s := w.report("two in one")
		s.Findings = append(s.Findings, casebook.Finding{Title: "theft", Facts: assess.Claim("type", "model-theft")}, casebook.Finding{Title: "leak"})
		_, c := w.submit(rae, s)
		w.facts(lee, c.ID, "none")
		tri := w.person("tri", casebook.Triager)
		must[*casebook.Case](w)(w.Assign(w.Context(), lee, c.ID, tri.Actor.ID))
		must[*casebook.Case](w)(w.SetFlags(w.Context(), lee, c.ID, casebook.Flags{Attacks: true}))
		cra := w.deadline(must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID)), "cra-early-warning")
		w.clock.pass(2 * time.Hour)
		for _, bad := range [][]int{{}, {0, 1, 2}, {0, 0}} {
			_, err := w.Split(w.Context(), lee, c.ID, bad, "part")
			w.refused(fault.Invalid, err)
		}
		once := casebook.Write{Actor: lee.Actor, Key: "s", Request: "r"}
		part := must[*casebook.Case](w)(w.Split(w.Context(), once, c.ID, []int{1}, "the theft"))
		must[*casebook.Case](w)(w.Split(w.Context(), casebook.Write{Actor: lee.Actor, Key: "s2", Request: "r2"}, c.ID, []int{1}, "the leak"))
		if again := must[*casebook.Case](w)(w.Split(w.Context(), once, c.ID, []int{1}, "the theft")); again.ID != part.ID {
			w.Errorf("split twice: %s and %s", part.ID, again.ID)
		}
		old := must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID))
		if len(old.Findings) != 1 || old.Outcome != "critical" || !slices.Contains(links(old), "split-into "+part.ID.String()) {
			w.Errorf("what stayed: %d findings, %s, %v", len(old.Findings), old.Outcome, links(old))
		}
		if len(part.Findings) != 1 || part.Findings[0].Title != "theft" || part.State != "received" || !part.Flags.Attacks {
			w.Errorf("what was split off: %+v", part)
		}
		if d := w.deadline(part, "cra-early-warning"); d != cra || len(slices.DeleteFunc(slices.Clone(part.Deadlines), func(d casebook.Deadline) bool { return d.ID != cra.ID })) != 1 {
			w.Errorf("the statutory clock is %+v, and was %+v", d, cra)
		}
		if _, err := w.Case(w.Context(), rae.Actor, part.ID); err != nil {
			w.Errorf("the reporter does not see the part: %v", err)
		}
		// A part of what is under embargo is under embargo from its first moment.
		must[*casebook.Case](w)(w.AddFinding(w.Context(), lee, c.ID, casebook.Finding{Facts: assess.Claim("type", "model-theft")}))
		must[*casebook.Case](w)(w.SetFlags(w.Context(), lee, c.ID, casebook.Flags{}))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(time.Hour))}))
		part = must[*casebook.Case](w)(w.Split(w.Context(), lee, c.ID, []int{1}, "kept"))
		if _, err := w.Case(w.Context(), kim.Actor, part.ID); !fault.Is(err, fault.NotFound) {
			w.Errorf("a part tells of an embargo: %v", err)
		}
		if _, err := w.Case(w.Context(), tri.Actor, part.ID); err != nil {
			w.Errorf("who works on it does not see the part: %v", err)
		}
		w.deadline(part, "disclosure")
	})
}
