package work

import (
	"strings"
	"testing"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/internal/casebook"
)

// story is a report that is long enough to tell.
var story = strings.Join(strings.Fields(`The digest follows what a mail of a stranger says white text asks the assistant to add subjects of unread
messages to an image address when it is made the picture is fetched and my server has them in its log nobody opens anything it worked
on nineteen of twenty mornings with two accounts in different organisations and default settings the sanitiser removes script elements
forms while leaving images from everywhere policy for content would end this channel injection itself needs marking as data`), " ")

func (s *shop) reported(title string, source string) casebook.ID {
	s.Helper()
	rules, err := bars.Load("msrc-ai")
	if err != nil {
		s.Fatal(err)
	}
	r, _, err := s.Book.Submit(s.Context(), sys, casebook.Submission{
		Title: title, Source: source, Bar: rules, Text: story, Findings: []casebook.Finding{{Facts: assess.Claim("type", "prompt-injection")}},
	})
	if err != nil {
		s.Fatal(err)
	}
	return r.ID
}

// Whichever way a report comes in, earlier ones that say the same are suggested, once.
func TestDuplicatesAreSuggested(t *testing.T) {
	each(t, func(s *shop) {
		s.run(s.Worker)
		first := s.reported("The digest leaks", "mail")
		s.eventually("the first is settled and looked at", func() bool { return s.jobs("alike") == 1 && s.idle() })
		second := s.reported("Subjects leak", "form")
		s.eventually("a duplicate is suggested", func() bool {
			c, err := s.Book.Known(s.Context(), second)
			return err == nil && len(c.Pending) == 1 && c.Pending[0].Case == first
		})
		scan := s.reported("probe against mail", "scan")
		s.eventually("all jobs are done", func() bool { return s.jobs("alike") == 3 && s.idle() })
		if c, err := s.Book.Known(s.Context(), scan); err != nil || len(c.Pending) != 0 {
			s.Errorf("a scan's finding: %+v, %v", c, err)
		}
	})
}

// Who settles events beside a server leaves it the jobs that follow from them; where no server ever worked, there are
// none.
func TestFollowBesideAServer(t *testing.T) {
	each(t, func(s *shop) {
		beside, err := casebook.Open(s.Context(), s.database, casebook.Options{Now: s.now})
		if err != nil {
			s.Fatal(err)
		}
		s.Cleanup(func() { _ = beside.Close() })
		if err := Follow(s.Context(), beside); err != nil {
			s.Fatal(err)
		}
		id := s.submit("A")
		s.write(id, casebook.ToReporter, "Thank you.")
		if _, err := beside.Settle(s.Context()); err != nil {
			s.Fatal(err)
		}
		if n := s.jobs("alike"); n != 1 {
			s.Errorf("%d jobs look for duplicates, want 1", n)
		}
		if n := s.jobs("tell"); n != 1 {
			s.Errorf("%d jobs write to the reporter, want 1", n)
		}
		before := len(s.smtp.All())
		s.run(s.Worker)
		s.eventually("the reporter is written to", func() bool { return len(s.smtp.All()) > before && s.idle() })
	})
}
