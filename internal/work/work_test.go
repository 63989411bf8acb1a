package work

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"bugbar/assess"
	"bugbar/bars/barstest"
	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/post"
)

// A webhook is told of each event that it wants once, signed so that the official library accepts it, and again where
// its receiver failed.
func TestWebhooks(t *testing.T) {
	each(t, func(s *shop) {
		admin := s.person("root", casebook.Admin)
		r, address := s.receive(s.Worker)
		r.answer(http.StatusInternalServerError)
		h := s.hook(admin, casebook.Webhook{URL: address, Kinds: []string{"received", "flags-set"}})
		s.run(s.Worker)
		id := s.submit("SECRET title")
		s.eventually("the receiver is called", func() bool { return len(r.all()) == 1 })
		r.answer(http.StatusNoContent)
		s.retryNow()
		s.eventually("it is called again", func() bool { return len(r.all()) == 2 })
		s.write(id, casebook.ToTeam, "not wanted")
		s.must(s.Book.SetFlags(s.Context(), sys, id, casebook.Flags{Public: true}))
		s.eventually("it is told of the second event", func() bool { return len(r.all()) == 3 })
		official, err := standardwebhooks.NewWebhook(h.Secret)
		if err != nil {
			s.Fatal(err)
		}
		calls := r.all()
		for _, c := range calls {
			if err := official.Verify([]byte(c.body), c.header); err != nil {
				s.Error(err)
			}
			if strings.Contains(c.body, "SECRET") || !strings.Contains(c.body, id.String()) {
				s.Errorf("told %s", c.body)
			}
		}
		if a, b := calls[0].header.Get("Webhook-Id"), calls[1].header.Get("Webhook-Id"); a != b || a == calls[2].header.Get("Webhook-Id") {
			s.Errorf("ids %s, %s, %s", a, b, calls[2].header.Get("Webhook-Id"))
		}
		s.eventually("the deliveries can be seen", func() bool {
			list, err := s.Book.Deliveries(s.Context(), admin.Actor, h.ID, 10)
			return err == nil && len(list) == 3 && list[2].Status == http.StatusInternalServerError && list[2].Error != "" && list[0].Error == ""
		})
		s.verify()
	})
}

// A webhook names the place of an event as its owner's feed does: the ledger's own to who may read the audit, and to
// others a number that tells nothing.
func TestWebhookPlaces(t *testing.T) {
	each(t, func(s *shop) {
		r, address := s.receive(s.Worker)
		id := s.submit("a case")
		owners := map[string]casebook.Write{"boss": s.person("boss", casebook.Manager), "lee": s.person("lee", casebook.Triager)}
		for name, owner := range owners {
			s.hook(owner, casebook.Webhook{URL: address + "&for=" + name, Kinds: []string{"flags-set"}, Case: id})
		}
		s.must(s.Book.SetFlags(s.Context(), sys, id, casebook.Flags{Public: true}))
		s.run(s.Worker)
		s.eventually("both are told", func() bool { return len(r.all()) == len(owners) })
		told := map[string]int64{}
		for _, c := range r.all() {
			var n notice
			if err := json.Unmarshal([]byte(c.body), &n); err != nil {
				s.Fatal(err)
			}
			told[c.whose] = n.Data.Pos
			events, _, err := s.Book.Feed(s.Context(), owners[c.whose].Actor, 0, 200)
			if err != nil {
				s.Fatal(err)
			}
			if at := slices.IndexFunc(events, func(e casebook.Event) bool { return e.Kind == "flags-set" }); at < 0 || events[at].Pos != n.Data.Pos {
				s.Errorf("%s is told of place %d, and reads of %+v", c.whose, n.Data.Pos, events)
			}
		}
		if told["boss"] == 0 || told["boss"] == told["lee"] {
			s.Errorf("told %v", told)
		}
	})
}

// Attack 34: a webhook learns nothing of a case that its owner may not see: nothing of an embargoed one unless it was
// made for it, nothing of one in quarantine, nothing once its owner is gone. What happened before an embargo and was
// not yet told stays untold.
func TestAttack34Webhooks(t *testing.T) {
	each(t, func(s *shop) {
		admin, lee, eve := s.person("root", casebook.Admin), s.person("lee", casebook.Triager), s.person("eve", casebook.Triager)
		r, address := s.receive(s.Worker)
		id, other := s.submit("one"), s.submit("two")
		s.settle()
		s.hook(admin, casebook.Webhook{URL: address + "&for=all", Kinds: []string{"*"}})
		s.hook(eve, casebook.Webhook{URL: address + "&for=eve", Kinds: []string{"*"}, Case: id})
		s.hook(lee, casebook.Webhook{URL: address + "&for=lee", Kinds: []string{"*"}, Case: id})
		s.must(s.Book.SetTrack(s.Context(), sys, id, "security")) // before the embargo, and not yet told
		s.must(s.Book.SetEmbargo(s.Context(), lee, id, casebook.Embargo{Status: casebook.EmbargoActive, Until: s.now().Add(time.Hour).UnixMilli()}))
		s.write(id, casebook.ToTeam, "in embargo")
		s.write(other, casebook.ToTeam, "open")
		s.settle()
		s.run(s.Worker)
		s.eventually("all jobs are done", s.idle)
		told := map[string]int{}
		for _, c := range r.all() {
			if strings.Contains(c.body, id.String()) && c.whose != "lee" {
				s.Errorf("%s was told of the embargoed case: %s", c.whose, c.body)
			}
			told[c.whose]++
		}
		before := len(r.all())
		if told["lee"] == 0 || told["all"] != 1 || told["eve"] != 0 {
			s.Errorf("told %v", told)
		}
		s.must(s.Book.Quarantine(s.Context(), sys, id, "x"))
		if _, err := s.Book.SetStatus(s.Context(), sys, admin.Actor.ID, casebook.Disabled); err != nil {
			s.Fatal(err)
		}
		s.write(id, casebook.ToTeam, "in quarantine")
		s.write(other, casebook.ToTeam, "the owner is gone")
		s.settle()
		s.eventually("all jobs are done", s.idle)
		if n := len(r.all()); n != before {
			s.Errorf("%d more calls", n-before)
		}
	})
}

// A crash between the ledger and its jobs brings about neither without the other: what was not settled is settled with
// its jobs later, and nothing twice.
func TestCrashLosesNoJobAndRepeatsNone(t *testing.T) {
	each(t, func(s *shop) {
		crash := true
		s.Book.OnSettle(func(context.Context, *sql.Tx, []casebook.Event) error {
			if crash {
				return errors.New("crash")
			}
			return nil
		})
		id := s.submit("x")
		s.write(id, casebook.ToReporter, "hello")
		if _, err := s.Book.Settle(s.Context()); err == nil {
			s.Fatal("settled through the crash")
		}
		if n := s.jobs("tell"); n != 0 {
			s.Errorf("%d jobs of events that are not settled", n)
		}
		crash = false
		second := s.process()
		for _, w := range []*Worker{s.Worker, second, s.Worker} {
			if _, err := w.Book.Settle(s.Context()); err != nil {
				s.Fatal(err)
			}
		}
		if n := s.jobs("tell"); n != 1 {
			s.Errorf("%d jobs of one message", n)
		}
		s.run(s.Worker)
		s.run(second)
		s.eventually("the reporter is told", func() bool { return len(s.smtp.All()) == 1 })
		s.eventually("all jobs are done", s.idle)
		if n := len(s.smtp.All()); n != 1 {
			s.Errorf("told %d times by two processes", n)
		}
	})
}

// A digest is one mail for a person in a run; nothing stands in two.
func TestDigests(t *testing.T) {
	each(t, func(s *shop) {
		s.person("lee", casebook.Triager)
		ana := s.person("ana", casebook.Analyst)
		s.person("aud", casebook.Auditor)
		mine := s.submit("the analyst's")
		for i := range post.MaxDigest + 5 {
			s.submit(fmt.Sprint("report ", i))
		}
		hidden := s.submit("HIDDEN title")
		s.must(s.Book.Assign(s.Context(), sys, mine, ana.Actor.ID))
		s.must(s.Book.Name(s.Context(), sys, hidden, casebook.Participant{Person: ana.Actor.ID, Role: "analyst"}))
		s.must(s.Book.SetEmbargo(s.Context(), sys, hidden, casebook.Embargo{Status: casebook.EmbargoActive, Until: s.now().Add(1000 * time.Hour).UnixMilli()}))
		round := func(want int) map[string]string {
			s.Helper()
			before := len(s.smtp.All())
			if _, err := s.Book.Tend(s.Context()); err != nil {
				s.Fatal(err)
			}
			s.settle()
			for range 2 {
				if err := s.Gather(s.Context()); err != nil {
					s.Fatal(err)
				}
			}
			s.eventually("all jobs are done", s.idle)
			texts := map[string]string{}
			for _, m := range s.smtp.All()[before:] {
				texts[m.To[0]] += m.Data
			}
			if n := len(s.smtp.All()) - before; n != want || len(texts) != want {
				s.Errorf("%d mails to %d people, want one each to %d", n, len(texts), want)
			}
			return texts
		}
		stop := s.run(s.Worker)
		s.eventually("the periodic jobs are done", func() bool { return s.jobs("gather") > 0 && s.jobs("tend") > 0 && s.idle() })
		started := len(s.smtp.All()) // the run at the start told of what is new
		round(0)
		if started != 2 {
			s.Errorf("%d mails at the start", started)
		}
		s.pass(49 * time.Hour) // the clock of the acknowledgement
		texts := round(2)
		if text := texts["lee@example.org"]; !strings.Contains(text, "and 5 more") || strings.Contains(text, "HIDDEN") || strings.Contains(text, hidden.String()) {
			s.Errorf("to the triager:\n%s", text)
		}
		if text := texts["ana@example.org"]; !strings.Contains(text, mine.String()) || !strings.Contains(text, hidden.String()) || strings.Contains(text, "HIDDEN") {
			s.Errorf("to the analyst:\n%s", text)
		}
		round(0)
		stop()
	})
}

// An import in the background opens its cases once, whatever is repeated, and says how far it has come.
func TestImportInTheBackground(t *testing.T) {
	each(t, func(s *shop) {
		lee, ana := s.person("lee", casebook.Triager), s.person("ana", casebook.Analyst)
		text := `{"entry_type": "start_run setup", "plugins.target_type": "t", "plugins.target_name": "m"}` + "\n"
		for i := range 30 {
			text += fmt.Sprintf(`{"entry_type": "attempt", "status": 2, "probe_classname": "p.P%d", "outputs": ["x"], "detector_results": {"d.D": [1, 0]}}`+"\n", i)
		}
		ref, err := s.Blobs.Put(s.Context(), strings.NewReader(text), blob.MaxFile)
		if err != nil {
			s.Fatal(err)
		}
		if _, err := s.Import(s.Context(), ana, ImportAsked{File: ref.SHA256, Name: "x"}); err == nil {
			s.Error("an analyst may import")
		}
		first, err := s.Import(s.Context(), lee, ImportAsked{File: ref.SHA256, Name: "x"})
		if err != nil {
			s.Fatal(err)
		}
		second, err := s.Import(s.Context(), lee, ImportAsked{File: ref.SHA256, Name: "x"})
		if err != nil {
			s.Fatal(err)
		}
		if needed, err := s.Book.Refers(s.Context(), ref.SHA256); err != nil || !needed {
			s.Errorf("the file of an import that waits is not needed: %v", err)
		}
		missing, err := s.Import(s.Context(), lee, ImportAsked{File: strings.Repeat("0", 64), Name: "x"})
		if err != nil {
			s.Fatal(err)
		}
		s.run(s.Worker)
		done := func(id casebook.ID, want string) casebook.Task {
			s.Helper()
			var task casebook.Task
			s.eventually("the task is over", func() bool {
				task, err = s.Book.Task(s.Context(), lee.Actor, id)
				return err == nil && (task.State == "done" || task.State == "failed")
			})
			if task.State != want {
				s.Errorf("%s: %s", task.State, task.Error)
			}
			return task
		}
		if task := done(first.ID, "done"); task.Done != 30 || task.Total != 30 || strings.Count(string(task.Result), `"method"`) != 30 {
			s.Errorf("%d of %d: %s", task.Done, task.Total, task.Result)
		}
		if task := done(second.ID, "done"); !strings.Contains(string(task.Result), `"same":30`) {
			s.Errorf("the second: %s", task.Result)
		}
		done(missing.ID, "failed")
		if _, err := s.Book.Task(s.Context(), ana.Actor, first.ID); err == nil {
			s.Error("somebody else sees the task")
		}
		s.verify()
	})
}

func TestReassessInTheBackground(t *testing.T) {
	each(t, func(s *shop) {
		admin := s.person("root", casebook.Admin, casebook.Triager)
		changes, hidden := s.submit("changes"), s.submit("HIDDEN")
		for _, id := range []casebook.ID{changes, hidden} {
			for point, value := range map[string]string{"impact": "output-manipulation", "content_category": "none"} {
				s.must(s.Book.SetFact(s.Context(), sys, id, 0, point, assess.Fact{Values: []string{value}, Provenance: assess.Confirmed}))
			}
		}
		s.submit("stays")
		s.must(s.Book.SetEmbargo(s.Context(), sys, hidden, casebook.Embargo{Status: casebook.EmbargoActive, Until: s.now().Add(time.Hour).UnixMilli()}))
		if _, err := s.Reassess(s.Context(), s.person("lee", casebook.Triager), ReassessAsked{Bar: barstest.Next}); err == nil {
			s.Error("a triager sets the bar")
		}
		task, err := s.Reassess(s.Context(), admin, ReassessAsked{Bar: barstest.Next})
		if err != nil {
			s.Fatal(err)
		}
		s.run(s.Worker)
		s.eventually("the task is done", func() bool {
			task, err = s.Book.Task(s.Context(), admin.Actor, task.ID)
			return err == nil && task.State == "done"
		})
		if text := string(task.Result); !strings.Contains(text, `"hidden":1`) || !strings.Contains(text, `"same":1`) || strings.Contains(text, "HIDDEN") || !strings.Contains(text, `"to":"low"`) {
			s.Errorf("%s", text)
		}
		for _, id := range []casebook.ID{changes, hidden} {
			if c, err := s.Book.Known(s.Context(), id); err != nil || c.Bar != barstest.Next || c.Outcome != "low" {
				s.Errorf("%s, %s, %v", c.Bar, c.Outcome, err)
			}
		}
		if now, err := s.Book.CurrentBar(s.Context()); err != nil || now.Edition != "2027-01" {
			s.Errorf("new cases are judged by %v, %v", now, err)
		}
		s.verify()
	})
}
