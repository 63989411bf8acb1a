package casebook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"bugbar/internal/fault"
)

// Event is one thing that happened to a case, a person, or the casebook (stream 0).
type Event struct {
	Stream  ID              `json:"stream"`
	Seq     int64           `json:"seq"` // from 1
	At      int64           `json:"at"`  // ms since 1970, UTC
	Actor   ID              `json:"actor"`
	Kind    string          `json:"kind"`
	Payload json.RawMessage `json:"payload"` // canonical JSON
	Prev    string          `json:"prev"`    // the Hash of the event before; empty for the first
	Hash    string          `json:"hash"`
	Pos     int64           `json:"pos,omitempty"` // its place in the ledger, from 1; 0 until it has one
}

// Time is when it happened.
func (e Event) Time() time.Time { return time.UnixMilli(e.At).UTC() }

// digest is what Hash must be: SHA-256 in hexadecimal of the canonical JSON (RFC 8785) of all members
// but hash and pos. The payload is canonical already, and so are the others as they are written here.
func (e Event) digest() (string, error) {
	data := make([]byte, 0, len(e.Payload)+256)
	data = append(data, `{"actor":"`...)
	data = append(data, e.Actor.String()...)
	data = append(data, `","at":`...)
	data = strconv.AppendInt(data, e.At, 10)
	data, err := jsontext.AppendQuote(append(data, `,"kind":`...), e.Kind)
	if err != nil {
		return "", err
	}
	data = append(append(data, `,"payload":`...), e.Payload...)
	if data, err = jsontext.AppendQuote(append(data, `,"prev":`...), e.Prev); err != nil {
		return "", err
	}
	data = strconv.AppendInt(append(data, `,"seq":`...), e.Seq, 10)
	data = append(append(data, `,"stream":"`...), e.Stream.String()...)
	sum := sha256.Sum256(append(data, `"}`...))
	return hex.EncodeToString(sum[:]), nil
}

// Payload is what an event says. Its kind names it in the log for ever; a payload that changes its
// meaning gets a new kind.
type Payload interface{ kind() string }

// notBefore is a time, or that of the last event where the clock was set back: a history does not turn round.
func notBefore(at time.Time, last int64) time.Time {
	if at.UnixMilli() < last {
		return time.UnixMilli(last)
	}
	return at
}

// link makes the event that follows head in a stream.
func link(stream ID, seq int64, prev string, at time.Time, actor ID, p Payload) (Event, error) {
	data, err := canonical(p)
	if err != nil {
		return Event{}, fault.New(fault.Invalid, "%s: %w", p.kind(), err)
	}
	e := Event{Stream: stream, Seq: seq, At: at.UnixMilli(), Actor: actor, Kind: p.kind(), Payload: data, Prev: prev}
	e.Hash, err = e.digest()
	return e, err
}

// decode reads an event's payload.
func decode[P Payload](e Event) (P, error) {
	var p P
	if err := unmarshal(e.Payload, &p); err != nil {
		return p, fmt.Errorf("event %d of %s: %s: %w", e.Seq, e.Stream, e.Kind, err)
	}
	return p, nil
}

// unmarshal reads what the casebook wrote as encoding/json does, in half its time: each change of a case
// reads the case, and each event once.
func unmarshal(data []byte, into any) error {
	return jsonv2.Unmarshal(data, into, jsonv1.DefaultOptionsV1())
}

// digestOf is the SHA-256 of a text in hexadecimal.
func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
