package casebook_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

func TestToken(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		lee := p.withPassword("lee", casebook.Triager)
		token, made, err := p.MakeToken(ctx, casebook.Write{Actor: lee}, lee.ID, "nightly import", []casebook.Right{casebook.ReadCase, casebook.Import}, 0)
		if err != nil {
			p.Fatal(err)
		}
		if !strings.HasPrefix(token, casebook.TokenPrefix) || made.Expires == 0 {
			p.Errorf("token %q, made %+v", token, made)
		}
		a, err := p.ByToken(ctx, token)
		if err != nil {
			p.Fatal(err)
		}
		if p.May(a, casebook.Import, nil) != nil || p.May(a, casebook.Submit, nil) == nil {
			p.Error("the scopes do not bound the token")
		}
		p.add(2 * time.Minute)
		if _, err := p.ByToken(ctx, token); err != nil {
			p.Error(err)
		}
		all, err := p.Credentials(ctx, lee, lee.ID)
		i := slices.IndexFunc(all, func(c casebook.Credential) bool { return c.ID == made.ID })
		if err != nil || i < 0 || all[i].Label != "nightly import" || all[i].Used == 0 || len(all[i].Scopes) != 2 {
			p.Errorf("listed as %+v, %v", all, err)
		}
		// never more than the owner may at the time of use
		if _, err := p.SetRoles(ctx, system, lee.ID, []casebook.Role{casebook.Editor}); err != nil {
			p.Fatal(err)
		}
		if a, err = p.ByToken(ctx, token); err != nil || p.May(a, casebook.Import, nil) == nil {
			p.Errorf("it outlives its owner's role (%v)", err)
		}
		// it makes no token, breaks no glass, changes no password
		_, _, err = p.MakeToken(ctx, casebook.Write{Actor: a}, lee.ID, "more", []casebook.Right{casebook.ReadCase}, 0)
		refused(p.T, "a token of a token", err, fault.Forbidden)
		_, err = p.BreakGlass(ctx, casebook.Write{Actor: a}, "I want to")
		refused(p.T, "glass by a token", err, fault.Forbidden)
		refused(p.T, "a password by a token", p.SetPassword(ctx, casebook.Write{Actor: a}, lee.ID, goodPassword, ""), fault.Forbidden)
		// it ends
		if err := p.Revoke(ctx, casebook.Write{Actor: lee}, lee.ID, made.ID); err != nil {
			p.Fatal(err)
		}
		if _, err := p.ByToken(ctx, token); !errors.Is(err, casebook.ErrUnproven) {
			p.Errorf("a revoked token: %v", err)
		}
	})
}

func TestTokenExpires(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		lee := p.person("lee", casebook.Triager)
		token, _, err := p.MakeToken(p.Context(), system, lee.ID, "x", []casebook.Right{casebook.ReadCase}, time.Hour)
		if err != nil {
			p.Fatal(err)
		}
		p.add(time.Hour - time.Millisecond)
		if _, err := p.ByToken(p.Context(), token); err != nil {
			p.Error(err)
		}
		p.add(time.Millisecond)
		if _, err := p.ByToken(p.Context(), token); !errors.Is(err, casebook.ErrUnproven) {
			p.Errorf("after its end: %v", err)
		}
	})
}

func TestTokenIsRefused(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		lee := p.person("lee", casebook.Triager)
		ada := p.actor(p.person("ada", casebook.Admin))
		scan := p.person("scanner", casebook.Service)
		read := []casebook.Right{casebook.ReadCase}
		for what, test := range map[string]struct {
			by     casebook.Actor
			of     casebook.ID
			label  string
			scopes []casebook.Right
			lasts  time.Duration
			want   fault.Code
		}{
			"of another":            {ada, lee.ID, "x", read, 0, fault.Forbidden},
			"of a service by lee":   {p.actor(lee), scan.ID, "x", read, 0, fault.Forbidden},
			"without a label":       {p.actor(lee), lee.ID, " ", read, 0, fault.Invalid},
			"without a scope":       {p.actor(lee), lee.ID, "x", nil, 0, fault.Invalid},
			"unknown scope":         {p.actor(lee), lee.ID, "x", []casebook.Right{"everything"}, 0, fault.Invalid},
			"beyond the owner":      {p.actor(lee), lee.ID, "x", []casebook.Right{casebook.ManageSystem}, 0, fault.Invalid},
			"work without reading":  {p.actor(lee), lee.ID, "x", []casebook.Right{casebook.AddEvidence}, 0, fault.Invalid},
			"too long":              {p.actor(lee), lee.ID, "x", read, 400 * 24 * time.Hour, fault.Invalid},
			"of nobody":             {casebook.Actor{}, lee.ID, "x", read, 0, fault.Forbidden},
			"of a reporter's key":   {casebook.Actor{Case: 5}, lee.ID, "x", read, 0, fault.Forbidden},
			"of nobody for nobody":  {casebook.Actor{}, 0, "x", read, 0, fault.NotFound},
			"of an unknown service": {ada, 77, "x", read, 0, fault.NotFound},
		} {
			token, _, err := p.MakeToken(ctx, casebook.Write{Actor: test.by}, test.of, test.label, test.scopes, test.lasts)
			refused(p.T, what, err, test.want)
			if token != "" {
				p.Errorf("%s: there is a token", what)
			}
		}
		if _, _, err := p.MakeToken(ctx, casebook.Write{Actor: ada}, scan.ID, "ci", read, 0); err != nil {
			p.Errorf("an administrator for a service: %v", err)
		}
	})
}

// TestTokenOnce: a repeated request with the same key gets the same token, and makes no second one.
func TestTokenOnce(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		lee := p.actor(p.person("lee", casebook.Triager))
		w := casebook.Write{Actor: lee, Key: "k1", Request: "r"}
		var tokens []string
		for range 2 {
			token, made, err := p.MakeToken(p.Context(), w, lee.ID, "x", []casebook.Right{casebook.ReadCase}, 0)
			if err != nil {
				p.Fatal(err)
			}
			tokens = append(tokens, token, made.ID)
		}
		if tokens[0] != tokens[2] || tokens[1] != tokens[3] {
			p.Errorf("two tokens: %v", tokens)
		}
		if all, _ := p.Credentials(p.Context(), lee, lee.ID); len(all) != 1 {
			p.Errorf("%d are kept", len(all))
		}
	})
}
