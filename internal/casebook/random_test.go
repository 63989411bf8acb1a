package casebook_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb/sqldbtest"
)

// TestRandomCommands has random people give random commands: whatever is refused, nothing fails inside, what stands in the
// database is what its events come to, the chain is whole, and lists show what may be seen case by case.
func TestRandomCommands(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": sqldbtest.SQLite, "postgres": sqldbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, fresh(t)) // one casebook for all rounds: it grows
			m := &random{world: w, rounds: 0}
			for _, role := range append([]casebook.Role{""}, casebook.Triager, casebook.Reviewer, casebook.Manager, casebook.Analyst, casebook.Custodian, casebook.Publisher) {
				roles := []casebook.Role{role}
				if role == "" {
					roles = nil
				}
				m.people = append(m.people, w.person("r-"+string(role), roles...))
			}
			m.people = append(m.people, sys)
			rapid.Check(t, m.round)
			if !t.Failed() {
				w.whole()
			}
		})
	}
}

// random is the world of the random commands.
type random struct {
	*world
	people []casebook.Write
	cases  []casebook.ID
	rounds int
}

// round gives some commands and then looks at everything.
func (m *random) round(t *rapid.T) {
	m.rounds++
	for range rapid.IntRange(1, 25).Draw(t, "commands") {
		if err := m.command(t); err != nil && fault.CodeOf(err) == fault.Internal {
			t.Fatalf("it fails inside: %v", err)
		}
	}
	if rapid.Bool().Draw(t, "settle") {
		if _, err := m.Settle(m.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if m.rounds%5 != 0 {
		return
	}
	report, err := m.Verify(m.Context(), casebook.Check{})
	if err != nil || !report.Whole() {
		t.Fatalf("%v %v", err, report.Problems)
	}
	m.lists(t)
}

// lists holds what somebody is listed to what they may see case by case.
func (m *random) lists(t *rapid.T) {
	if _, err := m.Settle(m.Context()); err != nil {
		t.Fatal(err)
	}
	who := rapid.SampledFrom(m.people).Draw(t, "reader").Actor
	listed := map[casebook.ID]bool{}
	for q := (casebook.Query{Order: casebook.ByArrival, Limit: casebook.MaxPage}); ; {
		page, err := m.List(m.Context(), who, q)
		if fault.Is(err, fault.Forbidden) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Cases {
			listed[s.ID] = true
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	for _, id := range m.cases {
		full, err := m.Case(m.Context(), casebook.SystemActor, id)
		if err != nil {
			t.Fatal(err)
		}
		if may := m.May(who, casebook.ReadCase, full) == nil; may != listed[id] && !full.Quarantined {
			t.Fatalf("%s may see case %s: %v; it is listed: %v", who.Handle, id, may, listed[id])
		}
	}
}

func (m *random) some(t *rapid.T) casebook.ID { return rapid.SampledFrom(m.cases).Draw(t, "case") }

func (m *random) command(t *rapid.T) error {
	by := rapid.SampledFrom(m.people).Draw(t, "by")
	if len(m.cases) == 0 || rapid.IntRange(0, 9).Draw(t, "new") == 0 {
		return m.submitRandom(t, by)
	}
	id, ctx := m.some(t), m.Context()
	var err error
	switch rapid.SampledFrom([]string{"fact", "fact", "move", "move", "move", "write", "embargo", "flags", "assign", "name", "relate", "merge", "split", "adjust", "approve", "run", "criterion", "finding", "quarantine", "release", "read", "propose", "reject", "track", "file", "clock", "stale"}).Draw(t, "command") {
	case "fact":
		point := rapid.SampledFrom([]string{"type", "impact", "interaction", "data_classification"}).Draw(t, "point")
		values := map[string][]string{"type": {"prompt-injection", "model-theft", "system-prompt-extraction"}, "impact": {"privileged-action", "data-exfiltration"}, "interaction": {"none", "required"}, "data_classification": {"public", "confidential", "nonsense"}}
		fact := assess.Fact{Values: []string{rapid.SampledFrom(values[point]).Draw(t, "value")}}
		if rapid.IntRange(0, 5).Draw(t, "back") == 0 {
			fact.Values = nil
		}
		_, err = m.SetFact(ctx, by, id, rapid.IntRange(0, 2).Draw(t, "finding"), point, fact)
	case "move":
		to := rapid.SampledFrom(m.Process().States).Draw(t, "to").ID
		if c, err := m.Case(ctx, casebook.SystemActor, id); err == nil {
			if open := m.Options(by.Actor, c); len(open) > 0 {
				to = rapid.SampledFrom(open).Draw(t, "open").To
			}
		}
		_, err = m.Move(ctx, by, id, casebook.Step{To: to, Reason: "r", Appeal: rapid.Bool().Draw(t, "appeal"), Plan: casebook.Plan{Owner: "o", Target: 1 << 41, Review: 1 << 41, Fix: "1"}})
	case "write":
		to := rapid.SampledFrom([]string{casebook.ToTeam, casebook.ToReporter}).Draw(t, "to")
		_, err = m.Write(ctx, by, id, casebook.Post{Visibility: to, Text: rapid.String().Draw(t, "text"), Files: []casebook.File{{SHA256: sha(rapid.IntRange(0, 3).Draw(t, "file")), Name: "n"}}})
	case "embargo":
		status := rapid.SampledFrom([]string{casebook.EmbargoActive, casebook.EmbargoProposed, casebook.EmbargoExited}).Draw(t, "status")
		_, err = m.SetEmbargo(ctx, by, id, casebook.Embargo{Status: status, Until: ms(m.clock.Now().Add(time.Hour))})
	case "flags":
		_, err = m.SetFlags(ctx, by, id, casebook.Flags{Public: rapid.Bool().Draw(t, "public"), Attacks: rapid.Bool().Draw(t, "attacks")})
	case "assign":
		_, err = m.Assign(ctx, by, id, rapid.SampledFrom(m.people).Draw(t, "to").Actor.ID)
	case "name":
		p := casebook.Participant{Person: m.people[0].Actor.ID, Role: rapid.SampledFrom([]string{"guest", "analyst", "member", "reporter", "king"}).Draw(t, "role")}
		if _, err = m.Book.Name(ctx, by, id, p); err == nil && rapid.Bool().Draw(t, "back") {
			_, err = m.Unname(ctx, by, id, p)
		}
	case "relate":
		_, err = m.Relate(ctx, by, id, casebook.Link{Kind: rapid.SampledFrom([]string{"duplicate-of", "same-root-cause", "regression-of", "related"}).Draw(t, "kind"), To: m.some(t)})
	case "merge":
		_, err = m.Merge(ctx, by, id, m.some(t), []int{0}, "r")
	case "split":
		var part *casebook.Case
		if part, err = m.Split(ctx, by, id, []int{rapid.IntRange(0, 2).Draw(t, "finding")}, "part"); err == nil {
			m.cases = append(m.cases, part.ID)
		}
	case "adjust":
		_, err = m.Adjust(ctx, by, id, 0, rapid.SampledFrom([]string{"", "low", "moderate", "nonsense"}).Draw(t, "outcome"), "why")
	case "approve":
		_, err = m.Approve(ctx, by, id)
	case "run":
		_, err = m.RecordRun(ctx, by, id, 0, casebook.Run{Trials: casebook.Trials{Successes: rapid.IntRange(0, 3).Draw(t, "k"), Attempts: attempts(3)}})
	case "criterion":
		_, err = m.Criterion(ctx, by, id, 0, "c", rapid.IntRange(0, 3).Draw(t, "n"))
	case "finding":
		_, err = m.AddFinding(ctx, by, id, casebook.Finding{Facts: assess.Claim("type", "model-theft")})
	case "quarantine":
		if rapid.IntRange(0, 4).Draw(t, "really") == 0 {
			_, err = m.Quarantine(ctx, by, id, "r")
		}
	case "release":
		_, err = m.Release(ctx, by, id, "r")
	case "read":
		if _, err = m.Case(ctx, by.Actor, id); err == nil {
			_, err = m.Reporter(ctx, by.Actor, id)
		}
	case "propose":
		_, err = m.Propose(ctx, by, id, []casebook.Candidate{{Case: m.some(t), Score: rapid.Float64Range(0, 1).Draw(t, "score")}})
	case "reject":
		_, err = m.Reject(ctx, by, id, m.some(t))
	case "track":
		_, err = m.SetTrack(ctx, by, id, rapid.SampledFrom([]string{"security", "content", "other"}).Draw(t, "track"))
	case "file":
		_, err = m.File(ctx, by, id, rapid.SampledFrom(m.Process().Deadlines).Draw(t, "deadline").ID, "ref")
	case "clock":
		m.clock.pass(time.Duration(rapid.IntRange(-48, 48).Draw(t, "hours")) * time.Hour)
	case "stale":
		by.Revision = rapid.Int64Range(1, 4).Draw(t, "revision")
		_, err = m.Rename(ctx, by, id, casebook.Renamed{Title: rapid.String().Draw(t, "title")})
	}
	return err
}

func (m *random) submitRandom(t *rapid.T, by casebook.Write) error {
	s := m.report(rapid.String().Draw(t, "title"))
	s.Product = rapid.SampledFrom([]string{"Mail", "Chat", ""}).Draw(t, "product")
	s.Text = rapid.String().Draw(t, "text")
	for range rapid.IntRange(0, 2).Draw(t, "more") {
		s.Findings = append(s.Findings, casebook.Finding{Facts: assess.Claim("type", "model-theft")})
	}
	if by.Actor.ID != 0 && slices.Contains(by.Actor.Roles, casebook.Triager) {
		s.Reporter = m.people[0].Actor.ID
	}
	_, c, err := m.Submit(m.Context(), by, s)
	if err == nil {
		m.cases = append(m.cases, c.ID)
	}
	return err
}
