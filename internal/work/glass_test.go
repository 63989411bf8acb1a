package work

import (
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
)

// TestAttack25BrokenGlassIsTold: whoever lets themself see every case is seen doing it. Every manager gets one mail,
// the one who did it too if they are one, and it says nothing of a case: also not in the words of the reason.
func TestAttack25BrokenGlassIsTold(t *testing.T) {
	each(t, func(s *shop) {
		lee := s.person("lee", casebook.Triager)
		s.person("max", casebook.Manager)
		mia := s.person("mia", casebook.Manager, casebook.Reviewer)
		gone := s.person("gone", casebook.Manager)
		s.person("aud", casebook.Auditor)
		if _, err := s.Book.SetStatus(s.Context(), sys, gone.Actor.ID, casebook.Disabled); err != nil {
			s.Fatal(err)
		}
		id := s.submit("SECRET title")
		s.must(s.Book.SetEmbargo(s.Context(), sys, id, casebook.Embargo{Status: casebook.EmbargoActive, Until: s.now().Add(time.Hour).UnixMilli()}))
		s.settle()
		broken := func(by casebook.Write) {
			s.Helper()
			if _, err := s.Book.BreakGlass(s.Context(), by, "the REASON is "+id.String()+", SECRET title"); err != nil {
				s.Fatal(err)
			}
		}
		broken(lee)
		s.settle()
		second := s.process()
		s.run(s.Worker)
		s.run(second)
		s.eventually("the managers are told", func() bool { return s.jobs("glass-mail") == 2 && s.idle() })
		if _, err := s.client.Insert(s.Context(), glass{Person: lee.Actor.ID, Seq: 2}, nil); err != nil { // and again, as after a crash
			s.Fatal(err)
		}
		s.eventually("all jobs are done", s.idle)
		told := s.told("the glass was broken")
		if told["max@example.org"] != 1 || told["mia@example.org"] != 1 || len(told) != 2 {
			s.Errorf("lee broke the glass: %v", told)
		}
		broken(mia)
		s.eventually("the managers are told again", func() bool { return s.jobs("glass-mail") == 4 && s.idle() })
		if told := s.told("the glass was broken"); told["max@example.org"] != 2 || told["mia@example.org"] != 2 || len(told) != 2 {
			s.Errorf("mia broke the glass: %v", told)
		}
		for _, m := range s.smtp.All() {
			if !strings.Contains(m.Data, "the glass was broken") {
				continue
			}
			if strings.Contains(m.Data, "SECRET") || strings.Contains(m.Data, "REASON") || strings.Contains(m.Data, id.String()) {
				s.Errorf("the mail tells of the case:\n%s", m.Data)
			}
			if !strings.Contains(m.Data, "lee broke the glass") && !strings.Contains(m.Data, "mia broke the glass") || !strings.Contains(m.Data, "https://bugs.example.org/audit") {
				s.Errorf("the mail does not say who:\n%s", m.Data)
			}
		}
		s.verify()
	})
}

// told counts mails with a subject, by whom they went to.
func (s *shop) told(subject string) map[string]int {
	to := map[string]int{}
	for _, m := range s.smtp.All() {
		if strings.Contains(m.Data, "Subject: bugbar: "+subject) {
			to[m.To[0]]++
		}
	}
	return to
}
