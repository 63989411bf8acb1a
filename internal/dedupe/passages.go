package dedupe

// passageCounts counts, up to commonAt, the cases that hold a passage: by 24 bits of its hash, in 16 MiB
// at most, of which a small index needs little. Passages that fall together are few: a million cases
// leave half of the counts at zero.
type passageCounts [1 << 12]*[1 << 12]uint8

// commonAt is the number of cases from which a passage is common. Two may be a case and its duplicate.
const commonAt = 3

func (c *passageCounts) common(passage uint32) bool {
	page := c[passage>>12&0xfff]
	return page != nil && page[passage&0xfff] >= commonAt
}

func (c *passageCounts) add(passage uint32) {
	page := &c[passage>>12&0xfff]
	if *page == nil {
		*page = new([1 << 12]uint8)
	}
	if count := &(*page)[passage&0xfff]; *count < commonAt {
		*count++
	}
}
