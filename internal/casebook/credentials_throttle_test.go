package casebook_test

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb/sqldbtest"
)

// TestAttack13Enumeration: who tries to sign in learns nothing about who has an account, neither from the answer
// nor from the brakes.
func TestAttack13Enumeration(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		p.withPassword("known", casebook.Triager)
		p.person("no-password", casebook.Triager)
		p.withPassword("disabled")
		gone, err := p.PersonCalled(ctx, "disabled")
		if err != nil {
			p.Fatal(err)
		}
		if _, err := p.SetStatus(ctx, system, gone.ID, casebook.Disabled); err != nil {
			p.Fatal(err)
		}
		handles := []string{"known", "unknown", "no-password", "disabled", "KNOWN ", "", strings.Repeat("x", 9000)}
		for i, handle := range handles {
			_, err := p.SignInPassword(ctx, from(fmt.Sprint(i)), handle, "wrong wrong wrong")
			if err != casebook.ErrSignIn { //nolint:errorlint // it has to be the very same
				p.Errorf("%.10q: %v", handle, err)
			}
		}
		// the brake of a network is the same whatever was typed
		for _, handle := range []string{"known", "unknown"} {
			var answers []string
			for range 9 {
				_, err := p.SignInPassword(ctx, from("net of "+handle), handle, "wrong wrong wrong")
				answers = append(answers, err.Error())
			}
			if i := slices.IndexFunc(answers, func(a string) bool { return strings.HasPrefix(a, "too many") }); i != 6 {
				p.Errorf("%s: braked after %d attempts: %q", handle, i, answers)
			}
		}
	})
}

// TestAttack13Timing: nor from the time it takes, which is that of one Argon2id: each sign-in takes the memory of just
// one, and about the processor's time of one, which other programs change somewhat. It is the only test that runs then.
func TestAttack13Timing(t *testing.T) {
	casebook.UseShippedEffort(t)
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": sqldbtest.SQLite, "postgres": sqldbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			p := openProofs(t, fresh(t))
			p.withPassword("known", casebook.Triager)
			p.person("no-password", casebook.Triager)
			least, memory := map[string]time.Duration{}, map[string]uint64{}
			for round := range 4 {
				for _, handle := range []string{"known", "unknown", "no-password", ""} {
					began, had := cpu(t), allocated()
					if _, err := p.SignInPassword(p.Context(), from(fmt.Sprint(round, handle)), handle, "wrong wrong wrong"); !errors.Is(err, casebook.ErrSignIn) {
						t.Fatal(err)
					}
					took := cpu(t) - began
					memory[handle] = (allocated() - had) >> 20
					if least[handle] == 0 || took < least[handle] {
						least[handle] = took
					}
				}
			}
			all := slices.Sorted(maps.Values(least))
			if slowest, fastest := all[len(all)-1], all[0]; slowest > fastest*3/2 {
				t.Errorf("it costs %v", least)
			}
			some := slices.Sorted(maps.Values(memory))
			if most, fewest := some[len(some)-1], some[0]; fewest < casebook.PasswordMemory || most > fewest+2 {
				t.Errorf("it takes, in MiB: %v", memory)
			}
		})
	}
}

// allocated is how many bytes were ever allocated.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// cpu is the processor's time that this process has taken.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestAttack26ReusedPassword: a list of leaked passwords gets nobody far, from one network or from many; and an
// operator can ask more of those who may see much.
func TestAttack26ReusedPassword(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		lee := p.withPassword("lee", casebook.Manager)
		own := p.signIn("lee") // from a browser that is known from now on
		wrong := func(network string) error {
			return second(p.SignInPassword(ctx, from(network), "lee", "a leaked password "+network))
		}
		heard := 0
		for range 3 * 60 { // one network, once a minute for three hours
			err := wrong("198.51.100.66")
			if _, braked := errors.AsType[*casebook.TooSoonError](err); !braked {
				heard++
			}
			p.add(time.Minute)
		}
		if heard > 30 {
			p.Errorf("%d attempts were heard in three hours", heard)
		}
		for i := range 8 {
			if err := wrong(fmt.Sprint("203.0.113.", i)); !errors.Is(err, casebook.ErrSignIn) {
				p.Fatal(err)
			}
		}
		// while strangers try, the right password of a stranger fails as the wrong ones do ...
		if _, err := p.SignInPassword(ctx, from("203.0.113.99"), "lee", goodPassword); !errors.Is(err, casebook.ErrSignIn) {
			p.Errorf("a stranger with the right password: %v", err)
		}
		// ... the person's own browser gets in, from whatever network, and so does a one-time code
		known := from("198.51.100.66")
		known.Device = own.Device
		if _, err := p.SignInPassword(ctx, known, "lee", goodPassword); err != nil {
			p.Errorf("the person is locked out: %v", err)
		}
		link, err := p.IssueLink(ctx, system, lee.ID, 0)
		if err != nil {
			p.Fatal(err)
		}
		if _, err := p.SignInLink(ctx, from("192.0.2.1"), link); err != nil {
			p.Errorf("the person is locked out: %v", err)
		}
		// a known browser is braked as a network is, and only for its own person
		for i := range 7 {
			_, err = p.SignInPassword(ctx, known, "lee", "wrong wrong wrong")
			if _, braked := errors.AsType[*casebook.TooSoonError](err); braked != (i == 6) {
				p.Errorf("attempt %d from a known browser: %v", i, err)
			}
		}
		// a password is not enough for some
		p.add(24 * time.Hour)
		if err := p.Set(ctx, system, casebook.SettingNoPassword, "admin, manager", false); err != nil {
			p.Fatal(err)
		}
		if _, err := p.SignInPassword(ctx, from("192.0.2.7"), "lee", goodPassword); !errors.Is(err, casebook.ErrSignIn) {
			p.Errorf("a manager signs in by password: %v", err)
		}
		refused(p.T, "a new password", p.SetPassword(ctx, casebook.Write{Actor: lee}, lee.ID, "another good pass phrase", ""), fault.Forbidden)
		if _, err := p.SetRoles(ctx, system, lee.ID, []casebook.Role{casebook.Triager}); err != nil {
			p.Fatal(err)
		}
		if _, err := p.SignInPassword(ctx, from("192.0.2.7"), "lee", goodPassword); err != nil {
			p.Errorf("a triager does not: %v", err)
		}
	})
}

// TestAttack26BrakesSurviveRestart: a restart, or another server, does not let go of the brakes.
func TestAttack26BrakesSurviveRestart(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		p.withPassword("lee")
		for range 6 {
			if _, err := p.SignInPassword(p.Context(), from("198.51.100.66"), "lee", "wrong wrong wrong"); !errors.Is(err, casebook.ErrSignIn) {
				p.Fatal(err)
			}
		}
		again, err := casebook.Open(p.Context(), p.name, casebook.Options{Now: p.proofClock.Now})
		if err != nil {
			p.Fatal(err)
		}
		defer again.Close()
		_, err = again.SignInPassword(p.Context(), from("198.51.100.66"), "lee", goodPassword)
		if slow, ok := errors.AsType[*casebook.TooSoonError](err); !ok || slow.Wait <= 0 {
			p.Errorf("after a restart: %v", err)
		}
	})
}
