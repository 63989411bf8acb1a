package casebook_test

import (
	"strings"
	"testing"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// TestOperate: what an operator does is recorded with the name that they give, before it is done; without one nothing
// is done.
func TestOperate(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		lee := p.person("lee")
		for _, nobody := range []string{"", " \n", "\x00"} {
			_, err := p.Operate(p.Context(), nobody, "user disable", lee.ID)
			refused(p.T, "nobody", err, fault.Invalid)
		}
		w, err := p.Operate(p.Context(), "olga\x1b[2J", "user disable", lee.ID)
		if err != nil {
			p.Fatal(err)
		}
		if _, err := p.SetStatus(p.Context(), w, lee.ID, casebook.Disabled); err != nil {
			p.Fatal(err)
		}
		if all := p.events(); !strings.Contains(all, `operator-acted {"by":"olga[2J","person":"`+lee.ID.String()+`","what":"user disable"}`) {
			p.Error(all)
		}
	})
}

// TestPersonIsShown: people see themselves, the team sees who is in it, and those who look after members more.
func TestPersonIsShown(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		lee, err := p.AddPerson(ctx, system, "lee", []casebook.Role{casebook.Triager}, casebook.Identity{Name: "Lee", Email: "lee@corp.example"})
		if err != nil {
			p.Fatal(err)
		}
		for what, test := range map[string]struct {
			by    casebook.Actor
			email bool
			there bool
		}{
			"oneself":      {p.actor(lee), true, true},
			"a manager":    {p.actor(p.person("max", casebook.Manager)), true, true},
			"a teammate":   {p.actor(p.person("tea", casebook.Analyst)), false, true},
			"a guest":      {p.actor(p.person("gus")), false, false},
			"nobody":       {casebook.Actor{}, false, false},
			"a report key": {casebook.Actor{Case: 5}, false, false},
		} {
			got, err := p.Person(ctx, test.by, lee.ID)
			if (err == nil) != test.there || err == nil && (got.Salt != "" || (got.Identity.Email != "") != test.email) {
				p.Errorf("%s: %+v, %v", what, got, err)
			}
			_, err = p.PersonHistory(ctx, test.by, lee.ID, 0, 10)
			if (err == nil) != test.email {
				p.Errorf("%s reads the history: %v", what, err)
			}
			_, err = p.Credentials(ctx, test.by, lee.ID)
			if (err == nil) != (what == "oneself") {
				p.Errorf("%s reads the credentials: %v", what, err)
			}
		}
	})
}
