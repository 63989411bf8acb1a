package suggest

import "bytes"

// quality tells what a report lacks, each with its reason. How it is written is no signal.
func (m *Model) quality(d *document, hits []hit) []Signal {
	list := []Signal{}
	has := func(value string) int {
		n := 0
		for _, h := range hits {
			if m.lexicon.says(h, value) && !negated(d, h) {
				n++
			}
		}
		return n
	}
	add := func(missing bool, id, reason string) {
		if missing {
			list = append(list, Signal{id, reason})
		}
	}
	blocks := map[block]int{}
	for _, t := range d.tokens {
		blocks[t.block]++
	}
	add(has("target") == 0 && !d.versioned(), "no-target", "It names no version, build or release of what is affected.")
	add(blocks[step] == 0 && has("steps") == 0, "no-steps", "It has no steps by which somebody else could see it.")
	add(blocks[quoted] == 0, "no-transcript", "It quotes nothing that was sent or came back.")
	add(has("hedged") > 0 && has("observed") == 0 && blocks[quoted] == 0, "hypothetical", "It says what could happen, and nothing that did.")
	add(has("self-only") > 0, "self-only", "By its own words it touches only the reporter's own session, account or data.")
	add(has("template") > 0 || d.unfilled(), "template", "Parts of a template were left as they were.")
	return list
}

// versioned says whether a version number stands in the text: digits with a dot between them.
func (d *document) versioned() bool {
	for i := range d.tokens {
		if w := d.word(i); isDigit(w[len(w)-1]) && bytes.IndexByte(w, '.') > 0 {
			return true
		}
	}
	return false
}

// unfilled says whether a placeholder was left: a bracket that asks for something.
func (d *document) unfilled() bool {
	for _, mark := range []string{"[insert", "[your ", "<your ", "[describe", "{{", "[product name]", "[todo"} {
		if bytes.Contains(d.text, []byte(mark)) {
			return true
		}
	}
	return false
}
