package casebook

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"sync/atomic"
	"time"

	"bugbar/internal/fault"
)

// ID names a case or a person: 41 bits of milliseconds since 2020 and 22 bits of chance, so that ids
// sort by arrival and cannot be counted through. It is written in 13 letters and digits.
type ID int64

// epoch is the time of the smallest id.
const epoch = 1577836800000 // 2020-01-01T00:00:00Z in ms

const (
	chanceBits  = 22
	firstChance = 1 << (chanceBits - 1) // the first of a millisecond leaves room for others
	maxStep     = 1 << 11               // for two thousand of them
)

// digits are Crockford's base 32: no I, L, O, U.
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// lastID is the last id that this process made.
var lastID atomic.Int64

// NewID makes an id for something that arrives now. Of those that one process makes in a millisecond, each is a step of
// chance behind the one before: databases append what comes in order, and split their pages for what does not.
func NewID(now time.Time) ID {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	chance := int64(binary.BigEndian.Uint32(b[:]))
	for {
		last := lastID.Load()
		id := (now.UnixMilli()-epoch)<<chanceBits | chance%firstChance
		if last>>chanceBits == id>>chanceBits {
			id = last + 1 + chance%maxStep
		}
		if lastID.CompareAndSwap(last, id) {
			return ID(id)
		}
	}
}

// Time is when the id was made, to the millisecond.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id)>>chanceBits + epoch).UTC() }

// String writes an id as 0K3V-9Q2XTA4MR; nobody is the empty text.
func (id ID) String() string {
	if id == 0 {
		return ""
	}
	var b [13]byte
	for i, n := len(b)-1, uint64(id); i >= 0; i, n = i-1, n>>5 {
		b[i] = digits[n&31]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

var confusable = strings.NewReplacer("-", "", "O", "0", "I", "1", "L", "1")

// ParseID reads an id in either case, with or without its hyphen.
func ParseID(text string) (ID, error) {
	plain := confusable.Replace(strings.ToUpper(strings.TrimSpace(text)))
	var n uint64
	for _, c := range plain {
		at := strings.IndexRune(digits, c)
		if at < 0 || len(plain) != 13 || n>>58 != 0 {
			return 0, badID(text)
		}
		n = n<<5 | uint64(at)
	}
	if n == 0 || n > 1<<63-1 {
		return 0, badID(text)
	}
	return ID(n), nil
}

func badID(text string) error {
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	return fault.New(fault.NotFound, "there is no %q", text).Do("ids look like 0K3V-9Q2XTA4MR")
}

// MarshalText writes an id as String does.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*id = 0
		return nil
	}
	*id, err = ParseID(string(text))
	return err
}

// IDAt is the id of something that arrived at a time, with its chance given; for generators of test data.
func IDAt(at time.Time, chance uint32) ID {
	return ID((at.UnixMilli()-epoch)<<chanceBits | int64(chance)&(1<<chanceBits-1))
}
