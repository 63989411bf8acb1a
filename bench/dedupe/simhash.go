package dedupe

import (
	"math/bits"

	"github.com/zeebo/xxh3"

	"bugbar/internal/dedupe"
)

// simHash is Charikar's fingerprint of 64 bits over words. All fingerprints are compared: an upper bound of
// what any index over them can find.
type simHash struct {
	prints []uint64
	ids    []string
}

func simPrint(c *dedupe.Case) uint64 {
	var votes [64]int
	for _, w := range plainWords(c) {
		h := xxh3.HashString(w)
		for i := range votes {
			votes[i] += int(h>>i&1)*2 - 1
		}
	}
	print := uint64(0)
	for i, v := range votes {
		if v > 0 {
			print |= 1 << i
		}
	}
	return print
}

func (s *simHash) Add(c *dedupe.Case) error {
	s.ids, s.prints = append(s.ids, c.ID), append(s.prints, simPrint(c))
	return nil
}

func (s *simHash) Built() error { return nil }

func (s *simHash) Find(c *dedupe.Case) ([]string, error) {
	print := simPrint(c)
	top := &ranking{}
	for n, p := range s.prints {
		top.add(uint32(n), -float64(bits.OnesCount64(print^p)))
	}
	return top.ids(s.ids), nil
}

func (s *simHash) Close() error { return nil }
