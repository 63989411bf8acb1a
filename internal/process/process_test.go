package process_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bugbar/internal/process"
)

// TestProcess holds the data together: every name that is used exists, and every one that exists is used.
func TestProcess(t *testing.T) {
	t.Parallel()
	p := process.Load()
	used, reached := map[string]bool{}, map[string]bool{"received": true}
	for _, m := range p.Moves {
		for _, id := range append(slices.Clone(m.From), m.To) {
			if _, known := p.State(id); !known && id != process.Before {
				t.Errorf("a move names the state %q, which does not exist", id)
			}
		}
		reached[m.To] = true
		if len(m.Who) == 0 || len(m.From) == 0 {
			t.Errorf("nobody makes the move to %s, or from nowhere", m.To)
		}
		for _, g := range m.Guards {
			used[g] = true
			if p.Guards[g] == "" {
				t.Errorf("the guard %s has no words", g)
			}
		}
		for _, ask := range m.Asks {
			if !slices.Contains([]string{"reason", "question", "owner", "target", "review", "fix"}, ask) {
				t.Errorf("a move to %s asks for %q", m.To, ask)
			}
		}
	}
	for g := range p.Guards {
		if !used[g] {
			t.Errorf("no move has the guard %s", g)
		}
	}
	for _, s := range p.States {
		if !reached[s.ID] {
			t.Errorf("no move leads to %s", s.ID)
		}
		if !s.Terminal && len(p.MovesFrom(s.ID)) == 0 {
			t.Errorf("no move leads out of %s", s.ID)
		}
		if s.Step < 1 || s.Step > 5 || s.Active == s.Terminal {
			t.Errorf("%+v", s)
		}
	}
}

// TestNoWayAround: nothing is decided without having been assessed.
func TestNoWayAround(t *testing.T) {
	t.Parallel()
	for _, m := range process.Load().Moves {
		if slices.Contains([]string{"accepted", "not-a-vulnerability", "out-of-scope", "not-reproducible", "other-vendor"}, m.To) {
			for _, from := range m.From {
				if from != "assessed" && from != "deferred" {
					t.Errorf("a move leads from %s to %s", from, m.To)
				}
			}
			if !slices.Contains(m.Guards, "approved") {
				t.Errorf("the move to %s asks for no approval", m.To)
			}
		}
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	for id, after := range map[string]time.Duration{"cra-early-warning": 24 * time.Hour, "cra-notification": 72 * time.Hour, "cra-final": 14 * 24 * time.Hour} {
		d, known := process.Load().Deadline(id)
		if !known || !d.Statutory || !d.Stop.Filed || time.Duration(d.After) != after || d.Basis == "" {
			t.Errorf("%s: %+v", id, d)
		}
	}
	for _, d := range process.Load().Deadlines {
		if d.Name == "" || d.Basis == "" || d.After == 0 && !d.Start.Embargo || d.Warn == 0 {
			t.Errorf("%+v", d)
		}
	}
	for words, d := range map[string]process.Duration{"3 days": process.Duration(72 * time.Hour), "24 hours": process.Duration(24 * time.Hour), "90 days": process.Duration(2160 * time.Hour)} {
		if d.Words() != words {
			t.Errorf("%s, want %s", d.Words(), words)
		}
	}
}

// TestReplies holds the replies that ship, and what can stand in them, to each other.
func TestReplies(t *testing.T) {
	t.Parallel()
	p := process.Load()
	names := map[string]bool{}
	for _, r := range p.Replies {
		if r.Name == "" || len(r.Body) < 80 || names[r.Name] {
			t.Errorf("%+v", r)
		}
		names[r.Name] = true
	}
	for _, v := range p.Variables {
		if v.Means == "" || v.Example == "" {
			t.Errorf("%+v", v)
		}
		if !slices.ContainsFunc(p.Replies, func(r process.Reply) bool { return strings.Contains(r.Body, "{{"+v.Name+"}}") }) {
			t.Errorf("no reply that ships has {{%s}}: is it needed?", v.Name)
		}
	}
}
