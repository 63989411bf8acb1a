package dedupe

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"

	"github.com/zeebo/xxh3"

	"bugbar/internal/dedupe"
)

// minHash is MinHash-LSH as in the textbook (Leskovec, Rajaraman and Ullman, "Mining of Massive
// Datasets", chapter 3): cases that share a band are ranked by how far their signatures agree.
type minHash struct {
	shingle, bands, rows int
	factors, offsets     []uint64
	buckets              []map[uint64][]uint32 // for each band
	signatures           [][]uint32
	ids                  []string
}

func newMinHash(shingle, bands, rows int) *minHash {
	m := &minHash{shingle: shingle, bands: bands, rows: rows, buckets: make([]map[uint64][]uint32, bands)}
	for b := range m.buckets {
		m.buckets[b] = map[uint64][]uint32{}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range bands * rows {
		m.factors, m.offsets = append(m.factors, r.Uint64()|1), append(m.offsets, r.Uint64())
	}
	return m
}

func (m *minHash) signature(c *dedupe.Case) []uint32 {
	words := plainWords(c)
	seen := map[uint64]bool{}
	signature := make([]uint32, m.bands*m.rows)
	for i := range signature {
		signature[i] = ^uint32(0)
	}
	for i := range max(len(words)-m.shingle+1, 0) {
		h := xxh3.HashString(strings.Join(words[i:i+m.shingle], " "))
		if seen[h] {
			continue
		}
		seen[h] = true
		for k := range signature {
			signature[k] = min(signature[k], uint32((h*m.factors[k]+m.offsets[k])>>32))
		}
	}
	return signature
}

func (m *minHash) key(signature []uint32, band int) uint64 {
	var key []byte
	for _, v := range signature[band*m.rows : (band+1)*m.rows] {
		key = binary.LittleEndian.AppendUint32(key, v)
	}
	return xxh3.Hash(key)
}

func (m *minHash) Add(c *dedupe.Case) error {
	signature := m.signature(c)
	for b := range m.bands {
		key := m.key(signature, b)
		m.buckets[b][key] = append(m.buckets[b][key], uint32(len(m.ids)))
	}
	m.ids, m.signatures = append(m.ids, c.ID), append(m.signatures, signature)
	return nil
}

func (m *minHash) Built() error { return nil }

func (m *minHash) Find(c *dedupe.Case) ([]string, error) {
	signature := m.signature(c)
	seen := map[uint32]bool{}
	top := &ranking{}
	for b := range m.bands {
		for _, n := range m.buckets[b][m.key(signature, b)] {
			if !seen[n] {
				seen[n] = true
				top.add(n, agreement(signature, m.signatures[n]))
			}
		}
	}
	return top.ids(m.ids), nil
}

func agreement(a, b []uint32) float64 {
	equal := 0
	for i := range a {
		if a[i] == b[i] {
			equal++
		}
	}
	return float64(equal)
}

func (m *minHash) Close() error { return nil }
