package suggest

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"math/bits"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"bugbar/bar"
)

//go:embed cues
var cueFiles embed.FS

// cue is a group of phrases that speak for one value of a decision point.
type cue struct {
	ID      string   `yaml:"id"`
	Weight  float64  `yaml:"weight"`
	Phrases []string `yaml:"phrases"`

	point, value string
	slot         int // of its point and value among the scores
}

// cueFile is one file of cues: those of one decision point.
type cueFile struct {
	Point  string           `yaml:"point"`
	Values map[string][]cue `yaml:"values"`
}

// slotKey names a score: cues are summed up for each value of each decision point.
type slotKey struct{ point, value string }

// lexicon finds the phrases of many cues in one walk over a document.
type lexicon struct {
	cues   []cue
	slots  []slotKey
	scored int                  // how many slots are features; the rest is of reading
	exact  map[string][]*phrase // by the first word
	prefix map[string][]*phrase // by the beginning of the first word

	lengths [256]uint64 // of the beginnings with this first byte, a bit for each
}

// phrase is a sequence of words to be found within a sentence.
type phrase struct {
	cue   int
	words []matcher
}

// matcher accepts one word; gap says that up to maxGap other words may stand before it.
type matcher struct {
	choices []string // a trailing * accepts any ending
	gap     bool
}

// maxGap is the number of words that ".." in a phrase may stand for.
const maxGap = 4

// hit is a phrase that was found.
type hit struct {
	cue         int
	first, last int // tokens
}

// reading is the decision point under which phrases stand that say how a text is to be read.
const reading = "reading"

// loadLexicon reads the cues of a bar, and behind them those of reading, which are no features.
func loadLexicon(b *bar.Bar) (*lexicon, error) {
	l := &lexicon{exact: map[string][]*phrase{}, prefix: map[string][]*phrase{}}
	for b.Base != nil { // a layered bar asks what its base asks
		b = b.Base
	}
	if err := l.load("cues/" + b.ID); err != nil {
		return nil, err
	}
	l.scored = len(l.slots)
	return l, l.load("cues/" + reading)
}

func (l *lexicon) load(dir string) error {
	files, err := fs.Glob(cueFiles, dir+"/*.yaml")
	if err != nil || len(files) == 0 {
		return fmt.Errorf("there are no cues for %s", path.Base(dir))
	}
	for _, name := range files {
		data, err := cueFiles.ReadFile(name)
		if err != nil {
			return err
		}
		var file cueFile
		d := yaml.NewDecoder(bytes.NewReader(data))
		d.KnownFields(true)
		if err := d.Decode(&file); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := l.addFile(file); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (l *lexicon) addFile(file cueFile) error {
	for _, value := range sortedKeys(file.Values) {
		slot := len(l.slots)
		l.slots = append(l.slots, slotKey{file.Point, value})
		for _, c := range file.Values[value] {
			if c.ID == "" || c.Weight <= 0 || len(c.Phrases) == 0 {
				return fmt.Errorf("%s: a cue needs an id, a weight above 0 and phrases: %+v", value, c)
			}
			c.ID, c.point, c.value, c.slot = value+"/"+c.ID, file.Point, value, slot
			l.cues = append(l.cues, c)
			for _, text := range c.Phrases {
				l.addPhrase(len(l.cues)-1, text)
			}
		}
	}
	return nil
}

// addPhrase compiles "word word* a|b .. word".
func (l *lexicon) addPhrase(id int, text string) {
	p := &phrase{cue: id}
	gap := false
	for _, word := range strings.Fields(text) {
		if word == ".." {
			gap = true
			continue
		}
		p.words = append(p.words, matcher{strings.Split(word, "|"), gap})
		gap = false
	}
	for _, first := range p.words[0].choices {
		if begin, open := strings.CutSuffix(first, "*"); open {
			l.prefix[begin] = append(l.prefix[begin], p)
			l.lengths[begin[0]] |= 1 << len(begin)
		} else {
			l.exact[first] = append(l.exact[first], p)
		}
	}
}

// find lists the phrases of the document, in the order of their first words.
func (l *lexicon) find(d *document) []hit {
	hits := make([]hit, 0, 64)
	begun := make([][]*phrase, len(d.words)) // by word, once it was looked up
	for i, t := range d.tokens {
		if begun[t.word] == nil {
			begun[t.word] = l.begunBy(d.word(i))
		}
		for _, p := range begun[t.word] {
			hits = p.match(d, i, hits)
		}
	}
	return hits
}

// begunBy lists the phrases of which a word is the first. The list is never nil.
func (l *lexicon) begunBy(word []byte) []*phrase {
	list := append([]*phrase{}, l.exact[string(word)]...)
	for lengths := l.lengths[word[0]]; lengths != 0; lengths &= lengths - 1 {
		n := bits.TrailingZeros64(lengths)
		if n > len(word) {
			break
		}
		list = append(list, l.prefix[string(word[:n])]...)
	}
	return list
}

func (p *phrase) match(d *document, first int, hits []hit) []hit {
	last := first
	for _, m := range p.words[1:] {
		reach := last + 1
		if m.gap {
			reach += maxGap
		}
		next := -1
		for i := last + 1; i <= reach && i < len(d.tokens) && d.tokens[i].sentence == d.tokens[first].sentence; i++ {
			if m.accepts(d.word(i)) {
				next = i
				break
			}
		}
		if next < 0 {
			return hits
		}
		last = next
	}
	return append(hits, hit{p.cue, first, last})
}

func (m matcher) accepts(word []byte) bool {
	for _, c := range m.choices {
		if begin, open := strings.CutSuffix(c, "*"); open {
			if len(word) >= len(begin) && string(word[:len(begin)]) == begin {
				return true
			}
		} else if string(word) == c {
			return true
		}
	}
	return false
}

// negated says whether a word of denial stands right before a phrase.
func negated(d *document, h hit) bool {
	for i := max(0, h.first-2); i < h.first; i++ {
		if d.tokens[i].sentence != d.tokens[h.first].sentence {
			continue
		}
		switch string(d.word(i)) {
		case "no", "not", "without", "never", "nor", "isn't", "doesn't", "didn't", "wasn't":
			return true
		}
	}
	return false
}

// says whether a hit is of a value of reading.
func (l *lexicon) says(h hit, value string) bool {
	c := &l.cues[h.cue]
	return c.point == reading && c.value == value
}
