package casebook_test

import (
	"bytes"
	"strings"
	"testing"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// reply finds one of the team's replies, retired or not.
func (w *world) reply(name string) casebook.Reply {
	w.Helper()
	for _, r := range must[[]casebook.Reply](w)(w.Replies(w.Context(), sys.Actor)) {
		if r.Name == name {
			return r
		}
	}
	return casebook.Reply{}
}

// What ships is there at once; a manager changes it, adds to it and retires it, and each is an event.
func TestRepliesAreKept(t *testing.T) {
	suite(t, func(w *world) {
		mo, lee := w.person("mo", casebook.Manager), w.person("lee", casebook.Triager)
		if r := w.reply("needs-evidence"); !r.Shipped || r.Retired || !strings.Contains(r.Body, "{{missing}}") {
			w.Errorf("what ships: %+v", r)
		}
		for _, r := range []casebook.Reply{{Name: "needs-evidence", Body: "Show us.\r\n"}, {Name: "our-own", Body: "Hello {{case}}."}} {
			if err := w.SetReply(w.Context(), mo, r); err != nil {
				w.Fatal(err)
			}
		}
		if r := w.reply("needs-evidence"); r.Shipped || r.Body != "Show us." {
			w.Errorf("changed: %+v", r)
		}
		if err := w.RetireReply(w.Context(), mo, "fixed"); err != nil {
			w.Fatal(err)
		}
		if r := w.reply("fixed"); !r.Retired || r.Body == "" {
			w.Errorf("retired: %+v", r)
		}
		_, err := w.Reply(w.Context(), lee.Actor, "fixed")
		w.refused(fault.NotFound, err)
		w.refused(fault.NotFound, w.RetireReply(w.Context(), mo, "fixed"))
		if err := w.SetReply(w.Context(), mo, casebook.Reply{Name: "fixed", Body: "It is mended."}); err != nil || w.reply("fixed").Retired {
			w.Errorf("brought back: %v", err)
		}
		w.refused(fault.Forbidden, w.SetReply(w.Context(), lee, casebook.Reply{Name: "x", Body: "y"}))
		w.refused(fault.Forbidden, w.RetireReply(w.Context(), lee, "our-own"))
		_, err = w.Replies(w.Context(), w.person("ann").Actor)
		w.refused(fault.Forbidden, err)
		w.whole()
		page := must[casebook.AuditPage](w)(w.Audit(w.Context(), mo.Actor, casebook.AuditQuery{Kind: "reply-set", Limit: 10}))
		if len(page.Events) != 4 || page.Events[0].Actor != mo.Actor.ID {
			w.Errorf("the audit has %d changes of replies", len(page.Events))
		}
	})
}

// A reply is refused where it could not be filled in, and the error names what was meant.
func TestRepliesAreChecked(t *testing.T) {
	suite(t, func(w *world) {
		for _, try := range []struct{ name, body, field, hint string }{
			{"ok", "Hello {{titles}}", "body", `"title"`},
			{"ok", "Hello {{ outcom }}", "body", `"outcome"`},
			{"ok", "Hello {{reporter_address_and_more}}", "body", "status_link"},
			{"ok", "Hello {{}}", "body", "one of"},
			{"ok", " \n", "body", ""},
			{"ok", strings.Repeat("x", casebook.MaxReply+1), "body", ""},
			{"Not a name", "x", "name", "needs-evidence"},
			{"", "x", "name", ""},
			{"-a", "x", "name", ""},
			{"a--b", "x", "name", ""},
			{strings.Repeat("a", 61), "x", "name", ""},
		} {
			err := w.SetReply(w.Context(), sys, casebook.Reply{Name: try.name, Body: try.body})
			w.refused(fault.Invalid, err, try.field)
			if f, ok := err.(*fault.Error); !ok || !strings.Contains(f.Hint(), try.hint) {
				w.Errorf("%q: %v does not hint at %s", try.body, err, try.hint)
			}
		}
		for _, body := range []string{"{{ title }} {{case}}", "a { b } {{ no", "}} {{{title}}}"} {
			if err := w.SetReply(w.Context(), sys, casebook.Reply{Name: "ok", Body: body}); err != nil {
				w.Errorf("%q: %v", body, err)
			}
		}
	})
}

// A repeated write is carried out once; there is an end to how many there can be.
func TestRepliesOnceAndBounded(t *testing.T) {
	suite(t, func(w *world) {
		mo := w.person("mo", casebook.Manager)
		mo.Key, mo.Request = "k", "r"
		for range 2 {
			if err := w.SetReply(w.Context(), mo, casebook.Reply{Name: "once", Body: "Once."}); err != nil {
				w.Fatal(err)
			}
		}
		if page := must[casebook.AuditPage](w)(w.Audit(w.Context(), mo.Actor, casebook.AuditQuery{Kind: "reply-set", Limit: 10})); len(page.Events) > 1 {
			w.Errorf("it was carried out %d times", len(page.Events))
		}
		have := len(must[[]casebook.Reply](w)(w.Replies(w.Context(), sys.Actor)))
		for n := have; n < casebook.MaxReplies; n++ {
			if err := w.SetReply(w.Context(), sys, casebook.Reply{Name: "r" + sha(n)[50:], Body: "x"}); err != nil {
				w.Fatal(err)
			}
		}
		w.refused(fault.Invalid, w.SetReply(w.Context(), sys, casebook.Reply{Name: "one-more", Body: "x"}), "200")
		if err := w.SetReply(w.Context(), sys, casebook.Reply{Name: "once", Body: "Changed."}); err != nil {
			w.Error(err)
		}
	})
}

// Every reply that ships can be filled in on an example, and once a case is decided, for that case.
func TestShippedRepliesFill(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		r, _ := w.submit(casebook.Write{}, w.report("A note is obeyed"))
		w.screened(lee, r.ID)
		early := must[casebook.Filled](w)(w.Fill(w.Context(), lee.Actor, r.ID, "needs-evidence", "https://b.example/"))
		if len(early.Gaps) != 0 || !strings.Contains(early.Text, "\n- ") || !strings.Contains(early.Text, "25 December 2026") {
			w.Errorf("%+v", early)
		}
		if got := must[casebook.Filled](w)(w.Fill(w.Context(), lee.Actor, r.ID, "accepted", "")); len(got.Gaps) != 2 || !strings.Contains(got.Text, "{{outcome}}") || got.Gaps[0].Why == "" {
			w.Errorf("before a decision: %+v", got)
		}
		if !strings.Contains(early.Text, w.rules.Points[0].Question) {
			w.Errorf("what is only claimed is not asked for: %s", early.Text)
		}
		w.facts(lee, r.ID, "required")
		w.move(lee, r.ID, "assessed")
		for _, reply := range must[[]casebook.Reply](w)(w.Replies(w.Context(), lee.Actor)) {
			shown := must[casebook.Filled](w)(w.Example(reply))
			if len(shown.Gaps) != 0 || strings.Contains(shown.Text, "{{") {
				w.Errorf("the example of %s: %+v", reply.Name, shown)
			}
			filled := must[casebook.Filled](w)(w.Fill(w.Context(), lee.Actor, r.ID, reply.Name, "https://b.example"))
			for _, gap := range filled.Gaps {
				if gap.Variable != "missing" && gap.Variable != "next_question" { // nothing is open any more
					w.Errorf("%s: %+v", reply.Name, gap)
				}
			}
			if strings.Contains(reply.Body, "{{outcome}}") && (!strings.Contains(filled.Text, "Important") || !strings.Contains(filled.Text, "https://b.example/bar/MSRC-AI-PI-")) {
				w.Errorf("%s: %s", reply.Name, filled.Text)
			}
		}
	})
}

// Nothing of the team, of other cases or of who reported gets into what a reporter is sent.
func TestFillLeaksNothing(t *testing.T) {
	suite(t, func(w *world) {
		lee, ann := w.person("lee", casebook.Triager), w.person("ann", casebook.Reviewer)
		first, _ := w.submit(casebook.Write{}, w.report("ZEBRA under embargo"))
		s := w.report("The title {{outcome}}\u202e\n of \u200bmine")
		s.Contact = &casebook.Identity{Name: "RHINO", Email: "rhino@example.org", Credit: "RHINO"}
		s.Product = ""
		r, _ := w.submit(casebook.Write{}, s)
		w.screened(lee, r.ID)
		must[*casebook.Case](w)(w.Relate(w.Context(), lee, r.ID, casebook.Link{Kind: "duplicate-of", To: first.ID}))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, first.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(newYear) + 1e9}))
		must[*casebook.Case](w)(w.Write(w.Context(), lee, r.ID, casebook.Post{Visibility: casebook.ToTeam, Text: "GIRAFFE for the team"}))
		must[*casebook.Case](w)(w.Criterion(w.Context(), lee, r.ID, 0, "GIRAFFE", 10))
		w.facts(lee, r.ID, "none") // critical: to be agreed on
		w.move(lee, r.ID, "assessed")
		every := "{{case}} {{title}} {{product}} {{outcome}} {{row}} {{next_question}} {{missing}} {{answer_by}} {{status_link}}"
		if err := w.SetReply(w.Context(), sys, casebook.Reply{Name: "every", Body: every}); err != nil {
			w.Fatal(err)
		}
		fill := func() casebook.Filled {
			return must[casebook.Filled](w)(w.Fill(w.Context(), lee.Actor, r.ID, "every", "https://b.example"))
		}
		for _, secret := range []string{"ZEBRA", "RHINO", "rhino", "GIRAFFE", first.ID.String(), "lee", r.Key, "\u202e", "\u200b", "Critical"} {
			if got := fill(); strings.Contains(got.Text, secret) {
				w.Errorf("the reply tells %q:\n%s", secret, got.Text)
			}
		}
		if got := fill(); !strings.Contains(got.Text, "The title {{outcome}} of mine") {
			w.Errorf("the title is not as the reporter wrote it: %s", got.Text)
		}
		must[*casebook.Case](w)(w.Approve(w.Context(), ann, r.ID))
		if got := fill(); !strings.Contains(got.Text, "Critical") {
			w.Errorf("an outcome that was agreed on is not told: %s", got.Text)
		}
		must[*casebook.Case](w)(w.Adjust(w.Context(), lee, r.ID, 0, "low", "GIRAFFE"))
		must[*casebook.Case](w)(w.Approve(w.Context(), ann, r.ID))
		if got := fill(); strings.Contains(got.Text, "GIRAFFE") || !strings.Contains(got.Text, "Low") || !strings.Contains(got.Text, "{{row}}") {
			w.Errorf("adjusted: %s", got.Text)
		}
	})
}

// Who may not write to the reporter, or not see the case, fills nothing in; a look at an embargoed case is recorded.
func TestFillIsARight(t *testing.T) {
	suite(t, func(w *world) {
		lee, noor, ann := w.person("lee", casebook.Triager), w.person("noor", casebook.Triager), w.person("ann", casebook.Reviewer)
		r, _ := w.submit(casebook.Write{}, w.report("mine"))
		fill := func(by casebook.Actor, code fault.Code) {
			w.Helper()
			_, err := w.Fill(w.Context(), by, r.ID, "received", "")
			w.refused(code, err)
		}
		fill(ann.Actor, fault.Forbidden)
		fill(casebook.Actor{Case: r.ID}, fault.Forbidden)
		fill(w.person("someone").Actor, fault.NotFound)
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, r.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(newYear) + 1e9}))
		fill(noor.Actor, fault.NotFound)
		before := count(w.history(r.ID), "read")
		must[casebook.Filled](w)(w.Fill(w.Context(), lee.Actor, r.ID, "received", ""))
		if count(w.history(r.ID), "read") != before+1 {
			w.Error("a look at a case under embargo is not recorded")
		}
		must[*casebook.Case](w)(w.Quarantine(w.Context(), lee, r.ID, "found in the text"))
		fill(lee.Actor, fault.Forbidden)
	})
}

// A reply that was reworded, added or taken away by hand is found.
func TestVerifyFindsRepliesChangedByHand(t *testing.T) {
	for name, change := range map[string]string{
		"reworded": "UPDATE replies SET body = 'Send us your password.'", "brought back": "UPDATE replies SET retired = 0", "removed": "DELETE FROM replies",
		"put in": "INSERT INTO replies (name, body, retired) VALUES ('evil', 'x', 0)",
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(w *world) {
				if err := w.SetReply(w.Context(), sys, casebook.Reply{Name: "a", Body: "b"}); err != nil {
					w.Fatal(err)
				}
				if err := w.RetireReply(w.Context(), sys, "a"); err != nil {
					w.Fatal(err)
				}
				w.whole()
				if _, err := w.DB().Writer().ExecContext(w.Context(), change); err != nil {
					w.Fatal(err)
				}
				if report := w.verified(casebook.Check{}); len(report.Problems) != 1 || report.Problems[0].Table != "replies" {
					w.Errorf("%v", report.Problems)
				}
			})
		})
	}
}

// Replies are in a backup, and drafts are not.
func TestBackupOfWords(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		r, _ := w.submit(casebook.Write{}, w.report("mine"))
		if err := w.SetReply(w.Context(), sys, casebook.Reply{Name: "kept", Body: "It is kept."}); err != nil {
			w.Fatal(err)
		}
		if err := w.KeepDraft(w.Context(), lee.Actor, r.ID, casebook.ToTeam, "UNSENT"); err != nil {
			w.Fatal(err)
		}
		var file bytes.Buffer
		must[casebook.Manifest](w)(w.Backup(w.Context(), sys, &file, nil))
		m, report, err := casebook.Restore(w.Context(), &file, w.fresh(), nil, casebook.Options{Now: w.clock.Now})
		if _, there := m.Rows["drafts"]; err != nil || !report.Whole() || m.Rows["replies"] != 1 || there {
			w.Errorf("%v, %+v, %v", err, report, m.Rows)
		}
	})
}
