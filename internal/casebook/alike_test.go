package casebook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
)

// leak is a report that is long enough to tell.
const leak = `The digest of the morning follows what a mail from a stranger says. I sent a mail with white text on white ground that
asks the assistant to add the subjects of all unread messages to the address of an image. When the digest is made, the
image is fetched, and my server has the subjects in its log. Nobody has to open the mail. It worked on nineteen of twenty
mornings, with two accounts in different organisations and with the default settings. The sanitiser removes script elements
and forms, and leaves images from everywhere. A policy for the content of the digest page would end the channel, while the
injection itself needs the mails to be marked as data before they reach the model.`

func said(title, text string, w *world) casebook.Submission {
	s := w.report(title)
	s.Text, s.Product = text, "Quillmere Mail"
	return s
}

func TestAlike(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		_, first := w.submit(lee, said("The digest leaks subjects", leak, w))
		for i := range 30 {
			w.submit(lee, said(fmt.Sprintf("Something else %d", i), strings.Repeat(fmt.Sprintf("topic%d words%d of another kind ", i, i+7), 40), w))
		}
		_, err := w.Settle(w.Context())
		must[struct{}](w)(struct{}{}, err)
		again := said("Subjects of mails leave by the digest", "Hello,\n\n"+strings.ReplaceAll(leak, "mornings", "days"), w)
		find := func() []casebook.Candidate {
			w.Helper()
			return must[[]casebook.Candidate](w)(w.Alike(w.Context(), again, 0))
		}
		if found := find(); len(found) != 1 || found[0].Case != first.ID || found[0].Relation != "duplicate" || found[0].Score < 0.6 {
			t.Errorf("found %v, want %s as a duplicate", found, first.ID)
		}
		if found := must[[]casebook.Candidate](w)(w.Alike(w.Context(), again, first.ID)); len(found) != 0 {
			t.Errorf("a case is like itself: %v", found)
		}
		elsewhere := again
		elsewhere.Product = "Brindlemark Workspace"
		if found := must[[]casebook.Candidate](w)(w.Alike(w.Context(), elsewhere, 0)); len(found) != 0 {
			t.Errorf("the same of another product is suggested: %v", found)
		}

		// What is under embargo is suggested to nobody: who sees the new case may not know of it.
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, first.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(time.Hour))}))
		if found := find(); len(found) != 0 {
			t.Errorf("under embargo, before the ledger knows: %v", found)
		}
		_, err = w.Settle(w.Context())
		must[struct{}](w)(struct{}{}, err)
		if found := find(); len(found) != 0 {
			t.Errorf("under embargo: %v", found)
		}
	})
}

// A report that says the same as one that was mended is the return of its weakness.
func TestAlikeAfterAFix(t *testing.T) {
	suite(t, func(w *world) {
		lee, kim := w.person("lee", casebook.Triager), w.person("kim", casebook.Reviewer)
		_, first := w.submit(lee, said("The digest leaks subjects", leak, w))
		w.screened(lee, first.ID)
		must[*casebook.Case](w)(w.Criterion(w.Context(), lee, first.ID, 0, "subjects in the log", 5))
		w.facts(lee, first.ID, "none")
		w.move(lee, first.ID, "assessed")
		must[*casebook.Case](w)(w.Approve(w.Context(), kim, first.ID))
		w.move(lee, first.ID, "accepted", "remediating", "fix-ready", "retest")
		must[*casebook.Case](w)(w.RecordRun(w.Context(), lee, first.ID, 0, casebook.Run{Trials: casebook.Trials{Attempts: attempts(5)}, At: ms(w.clock.Now())}))
		w.move(lee, first.ID, "resolved")
		_, err := w.Settle(w.Context())
		must[struct{}](w)(struct{}{}, err)
		found := must[[]casebook.Candidate](w)(w.Alike(w.Context(), said("It leaks again", leak, w), 0))
		if len(found) != 1 || found[0].Relation != "regression" {
			t.Errorf("found %v, want a regression", found)
		}
	})
}
