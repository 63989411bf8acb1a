package casebook

import (
	"strings"
	"testing"
	"time"

	"bugbar/internal/fault"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	kept := hashPassword("seven purple anvils whistle")
	h, err := parsePasswordHash(kept)
	if err != nil || h.String() != kept || h.effort != current {
		t.Fatalf("%+v, %v", h, err)
	}
	if !h.fits("seven purple anvils whistle") || h.fits("seven purple anvils whistles") {
		t.Error("it takes the wrong password")
	}
	accents, err := parsePasswordHash(hashPassword("caf\u00e9 caf\u00e9 caf\u00e9"))
	if err != nil || !accents.fits("cafe\u0301 cafe\u0301 cafe\u0301") {
		t.Error("another keyboard writes another password")
	}
	if nobodysHash().fits("") {
		t.Error("nobody signs in")
	}
}

// TestPasswordHashReference holds the format to the reference implementation: argon2 of Debian, called as
// echo -n password | argon2 somesaltsomesalt -id -t 2 -k 1024 -p 1 -l 32 -e.
func TestPasswordHashReference(t *testing.T) {
	t.Parallel()
	h, err := parsePasswordHash("$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$CKGe5/bX9YnCq2rxjW5yQXKxn31v1GKzhDCrMc6r6vA")
	if err != nil {
		t.Fatal(err)
	}
	if !h.fits("password") {
		t.Error("it does not fit")
	}
}

// TestShippedEffort holds what passwords cost to the least that OWASP asks of argon2id: 19 MiB and two passes.
func TestShippedEffort(t *testing.T) {
	t.Parallel()
	if shipped.memory < 19<<10 || shipped.passes < 2 || int(shipped.memory)<<10*cap(hashing) > 100<<20 {
		t.Errorf("%+v, %d at a time", shipped, cap(hashing))
	}
}

func TestPasswordHashIsRefused(t *testing.T) {
	t.Parallel()
	good := hashPassword("seven purple anvils whistle")
	for _, bad := range []string{
		"", "secret", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=1024", "m=99999999", 1), strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "t=1", "t=9999", 1),
		strings.Replace(good, "p=1", "p=0", 1), good[:len(good)-4], strings.Replace(good, "$", "$x", 1), good + "$",
	} {
		if _, err := parsePasswordHash(bad); !fault.Is(err, fault.Internal) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	p := &Person{Handle: "maryanne.smith", Identity: Identity{Name: "Mary-Anne Smith", Email: "mary@northwind.example"}}
	for _, good := range []string{
		goodOne, "correct ponies staple hedges", "Tr0mpete-Kachelofen", "xk2!vq9_ruwz", "жёлтый слон танцует", strings.Repeat("abcde fghij ", 16)[:190],
	} {
		if err := checkPassword(good, p); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "elevenchars", "password1234", "P@ssw0rd2026!", "passwordpassword", "123456789012", "111111111111", "abababababab", "qwertyuiop123",
		"Summer2026!!!", "iloveyou2026", "letmein123456", "administrator1", "maryanne.smith", "MaryAnneSmith1", "smith-northwind-1", "bugbar123456", "correcthorsebatterystaple",
		strings.Repeat("x y z w v u ", 20), "control\x00character", "bad utf8 \xff\xfe here",
	} {
		if err := checkPassword(bad, p); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

const goodOne = "seven purple anvils whistle"

func TestBrake(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for failures, want := range map[int64]time.Duration{0: 0, 5: 0, 6: time.Second, 7: 2 * time.Second, 10: 16 * time.Second, 15: 512 * time.Second, 16: 15 * time.Minute, 100: 15 * time.Minute} {
		if got := networkBrake.pause(failures, now, now); got != want {
			t.Errorf("after %d failures %s, want %s", failures, got, want)
		}
	}
	if got := networkBrake.pause(16, now, now.Add(16*time.Minute)); got != 0 {
		t.Errorf("a pause that is over: %s", got)
	}
}
