package casebook

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"bugbar/internal/fault"
)

// feedWindow bounds how many events one call of Feed looks at.
const feedWindow = 1000

// Feed reads events in the order of the ledger, as far as the actor may see them: those after pos, at most limit. next is
// where to go on, also where there was nothing to see; a pos below 0 stands for the end, so that only next is
// of interest.
//
// Those who may read the audit see the ledger's places. To others a gap would tell that something happened
// to a case that they may not know of, so their places are numbers without an order (veil).
func (b *Book) Feed(ctx context.Context, a Actor, pos int64, limit int) (events []Event, next int64, err error) {
	audit := b.May(a, ReadAudit, nil) == nil
	places, err := b.veil(ctx, a)
	if err != nil {
		return nil, 0, err
	}
	if pos > 0 {
		if pos, err = places.uncover(pos); err != nil {
			return nil, 0, err
		}
	}
	end, err := b.Position(ctx)
	if err != nil || pos < 0 || pos >= end {
		return []Event{}, places.cover(end), err
	}
	candidates, last, err := b.candidates(ctx, a, pos, min(max(limit, 1), feedWindow), end)
	if err != nil {
		return nil, 0, err
	}
	if events, err = b.visibleEvents(ctx, a, audit, candidates); err != nil {
		return nil, 0, err
	}
	if len(events) > limit {
		events = events[:limit]
		last = events[limit-1].Pos
	}
	for i := range events {
		events[i].Pos = places.cover(events[i].Pos)
	}
	return events, places.cover(last), nil
}

// PlaceFor is a place of the ledger as the feed shows it to a person.
func (b *Book) PlaceFor(ctx context.Context, person ID, pos int64) (int64, error) {
	p, err := b.person(ctx, person)
	if err != nil {
		return 0, err
	}
	a, err := p.Actor()
	if err != nil {
		return 0, err
	}
	places, err := b.veil(ctx, a)
	return places.cover(pos), err
}

// candidates are events that an actor may come to see, and up to where the ledger was read. Of those who are
// of no team only their own cases are read, however long the ledger is.
func (b *Book) candidates(ctx context.Context, a Actor, pos int64, limit int, end int64) ([]Event, int64, error) {
	const columns = "SELECT stream, seq, at, actor, kind, payload, prev, hash, pos FROM events WHERE pos > $1 AND pos <= $2 "
	team := a.system || slices.ContainsFunc(a.Roles, func(r Role) bool { return policy[ReadCase][r] != named && policy[ReadCase][r] != nowhere })
	if team {
		end = min(end, pos+feedWindow)
		events, err := b.events(ctx, columns+"ORDER BY pos", pos, end)
		return events, end, err
	}
	events, err := b.events(ctx, columns+`AND stream IN (SELECT case_id FROM access WHERE person = $3 AND person <> 0 UNION ALL SELECT CAST($4 AS BIGINT)) ORDER BY pos LIMIT $5`,
		pos, end, int64(a.ID), int64(cmp.Or(a.Case, -1)), limit)
	if err == nil && len(events) == limit {
		end = events[limit-1].Pos
	}
	return events, end, err
}

// visibleEvents leaves of events those that an actor may see, and of these what they may see.
func (b *Book) visibleEvents(ctx context.Context, a Actor, audit bool, events []Event) ([]Event, error) {
	cases := map[ID]*Case{}
	seen := []Event{}
	for _, e := range events {
		if _, ofCase := caseKinds[e.Kind]; !ofCase {
			if audit {
				seen = append(seen, e)
			}
			continue
		}
		c, known := cases[e.Stream]
		if !known {
			var err error
			if c, err = b.load(ctx, e.Stream); err != nil {
				return nil, err
			}
			cases[e.Stream] = c
		}
		if b.May(a, ReadCase, c) != nil && b.May(a, OpenQuarantine, c) != nil {
			continue
		}
		shown, err := b.shownEvents(ctx, a, c, []Event{e})
		if err != nil {
			return nil, err
		}
		for _, s := range shown {
			s.Pos = e.Pos
			seen = append(seen, s)
		}
	}
	return seen, nil
}

// veil turns places into numbers that tell nothing, for one actor: a permutation of 52 bits (four rounds of a
// Feistel network over HMAC-SHA256), so that they stay whole in JSON. Without a key it hides nothing.
type veil struct{ key []byte }

const (
	half     = 26
	halfMask = 1<<half - 1
)

func (b *Book) veil(ctx context.Context, a Actor) (veil, error) {
	if b.May(a, ReadAudit, nil) == nil {
		return veil{}, nil
	}
	secret, err := b.Secret(ctx, "feed-key")
	if err != nil {
		return veil{}, err
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(a.ID.String() + "\x00" + a.Case.String()))
	return veil{mac.Sum(nil)}, nil
}

func (v veil) round(n byte, x uint64) uint64 {
	mac := hmac.New(sha256.New, v.key)
	mac.Write(binary.BigEndian.AppendUint64([]byte{n}, x))
	return binary.BigEndian.Uint64(mac.Sum(nil)) & halfMask
}

// cover hides a place; that of the beginning stays 0.
func (v veil) cover(pos int64) int64 {
	if v.key == nil || pos == 0 {
		return pos
	}
	l, r := uint64(pos)>>half, uint64(pos)&halfMask
	for n := range byte(4) {
		l, r = r, l^v.round(n, r)
	}
	return int64(l<<half | r)
}

func (v veil) uncover(shown int64) (int64, error) {
	if v.key == nil {
		return shown, nil
	}
	l, r := uint64(shown)>>half, uint64(shown)&halfMask
	for n := range byte(4) {
		l, r = r^v.round(3-n, l), l
	}
	pos := int64(l<<half | r)
	if shown>>(2*half) != 0 || pos <= 0 || pos >= 1<<40 {
		return 0, fault.New(fault.Invalid, "%d is no place in this feed", shown).In("after").Do("take the number that came with the last event, or 0")
	}
	return pos, nil
}
