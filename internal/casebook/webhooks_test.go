package casebook_test

import (
	"strings"
	"testing"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

func (w *world) hook(by casebook.Write, of casebook.ID) casebook.Webhook {
	w.Helper()
	return must[casebook.Webhook](w)(w.AddWebhook(w.Context(), by, casebook.Webhook{
		URL: "https://hooks.example.org/PATHSECRET", Secret: "whsec_SIGNSECRET", Kinds: []string{"moved"}, Case: of,
	}))
}

// One for all cases is the administrators'; one for a case is for those who may invite others to it.
func TestWebhooksAreARight(t *testing.T) {
	suite(t, func(w *world) {
		admin, lee, ana := w.person("root", casebook.Admin), w.person("lee", casebook.Triager), w.person("ana", casebook.Analyst)
		_, c := w.submit(casebook.Write{}, w.report("x"))
		all, one := w.hook(admin, 0), w.hook(lee, c.ID)
		for _, try := range []struct {
			by   casebook.Write
			of   casebook.ID
			code fault.Code
		}{{lee, 0, fault.Forbidden}, {ana, 0, fault.Forbidden}, {ana, c.ID, fault.NotFound}, {admin, c.ID, fault.NotFound}, {casebook.Write{}, 0, fault.Forbidden}} {
			_, err := w.AddWebhook(w.Context(), try.by, casebook.Webhook{URL: "https://x.example/", Kinds: []string{"*"}, Case: try.of})
			w.refused(try.code, err)
		}
		w.refused(fault.NotFound, w.RemoveWebhook(w.Context(), lee, all.ID))
		w.refused(fault.NotFound, w.SetWebhook(w.Context(), ana, one.ID, casebook.HookPaused))
		if seen := must[[]casebook.Webhook](w)(w.Webhooks(w.Context(), lee.Actor)); len(seen) != 1 || seen[0].ID != one.ID {
			w.Errorf("seen: %v", seen)
		}
		if err := w.SetWebhook(w.Context(), lee, one.ID, casebook.HookPaused); err != nil {
			w.Error(err)
		}
		if err := w.RemoveWebhook(w.Context(), admin, all.ID); err != nil {
			w.Error(err)
		}
		_, err := w.AddWebhook(w.Context(), admin, casebook.Webhook{URL: "https://x.example/", Kinds: []string{"read"}})
		w.refused(fault.Invalid, err) // who looks at what is told to nobody outside
	})
}

// Attack 23: neither the address nor the secret of a webhook stands in the log.
func TestAttack23WebhookSecrets(t *testing.T) {
	suite(t, func(w *world) {
		w.hook(w.person("root", casebook.Admin), 0)
		rows, err := w.DB().Reader().QueryContext(w.Context(), "SELECT payload FROM events")
		if err != nil {
			w.Fatal(err)
		}
		defer rows.Close()
		named := false
		for rows.Next() {
			var payload string
			if err := rows.Scan(&payload); err != nil {
				w.Fatal(err)
			}
			named = named || strings.Contains(payload, "hooks.example.org")
			if strings.Contains(payload, "SECRET") {
				w.Errorf("the log holds %s", payload)
			}
		}
		if !named {
			w.Error("the log does not name the host")
		}
	})
}

// A webhook that is switched off after too many failures says so; a success in between starts the count anew.
func TestWebhooksFailing(t *testing.T) {
	suite(t, func(w *world) {
		admin := w.person("root", casebook.Admin)
		h := w.hook(admin, 0)
		deliver := func(n int, trouble string) {
			for i := range n {
				if err := w.Delivered(w.Context(), h.ID, casebook.Delivery{Event: 1, Seq: int64(i), Attempt: 1, Error: trouble}); err != nil {
					w.Fatal(err)
				}
			}
		}
		status := func() string { return must[casebook.Webhook](w)(w.Hook(w.Context(), h.ID)).Status }
		deliver(casebook.MaxFailures-1, "no")
		deliver(1, "")
		deliver(casebook.MaxFailures-1, "no")
		if got := status(); got != casebook.HookActive {
			w.Errorf("%s before the limit", got)
		}
		deliver(1, "no")
		if got := status(); got != casebook.HookFailing {
			w.Errorf("%s at the limit", got)
		}
		if err := w.SetWebhook(w.Context(), admin, h.ID, casebook.HookActive); err != nil || status() != casebook.HookActive {
			w.Errorf("switched on again: %s, %v", status(), err)
		}
	})
}

// A webhook that was pointed elsewhere, given away, put in or taken out by hand is found.
func TestVerifyFindsWebhooksChangedByHand(t *testing.T) {
	for name, change := range map[string]string{
		"address": "UPDATE webhooks SET url = 'https://evil.example/'", "owner": "UPDATE webhooks SET owner = 5", "kinds": "UPDATE webhooks SET kinds = '*'",
		"status": "UPDATE webhooks SET status = 'active'", "removed": "DELETE FROM webhooks",
		"put in": "INSERT INTO webhooks (id, owner, case_id, url, secret, kinds, status, failures, created) VALUES (7, 1, 0, 'https://evil.example/', 'x', '*', 'active', 0, 0)",
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(w *world) {
				admin := w.person("root", casebook.Admin)
				h := w.hook(admin, 0)
				if err := w.SetWebhook(w.Context(), admin, h.ID, casebook.HookPaused); err != nil {
					w.Fatal(err)
				}
				w.whole()
				if _, err := w.DB().Writer().ExecContext(w.Context(), change); err != nil {
					w.Fatal(err)
				}
				if report := w.verified(casebook.Check{}); len(report.Problems) != 1 || report.Problems[0].Table != "webhooks" {
					w.Errorf("%v", report.Problems)
				}
			})
		})
	}
}
