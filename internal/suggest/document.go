package suggest

import (
	"bytes"
	"regexp"
	"sort"
	"strings"
)

// block says what kind of passage a word stands in.
type block uint8

const (
	prose   block = iota
	title         // a heading, or the title of the report
	step          // an item of a numbered list
	quoted        // code, a transcript, a quotation, a table: what was sent or came back
	comment       // between <!-- and -->, which no reader of the page sees
)

// token is a word of a document.
type token struct {
	start, end int32 // bytes of the cleaned text
	sentence   int32
	word       int32 // the same number for the same word
	block      block
	masked     bool // not weighed: it does not describe the weakness
}

// document is a cleaned text cut into sentences and words.
type document struct {
	*cleaned
	tokens    []token
	sentences int32
	starts    []int32          // for each sentence its first token, of the whole document
	base      int              // tokens of the whole document that stand before this part
	words     map[string]int32 // the different words, numbered
}

// read cuts a text into words. Noise tells a line that no one wrote, and may be nil.
func read(received string, noise func([]byte) bool) *document {
	d := &document{cleaned: clean(received, noise)}
	d.tokens = make([]token, 0, len(d.text)/6+1)
	b := &blocks{}
	for from := 0; from < len(d.text); {
		to := len(d.text)
		if n := bytes.IndexByte(d.text[from:], '\n'); n >= 0 {
			to = from + n + 1
		}
		d.line(from, to, b.next(d.text[from:to]))
		from = to
	}
	for i, t := range d.tokens {
		for int(t.sentence) >= len(d.starts) {
			d.starts = append(d.starts, int32(i))
		}
	}
	d.starts = append(d.starts, int32(len(d.tokens)))
	d.number()
	return d
}

// number gives each different word a number, under which can be kept what was found out about it.
func (d *document) number() {
	text := string(d.text)
	d.words = make(map[string]int32, len(d.tokens)/2)
	for i := range d.tokens {
		t := &d.tokens[i]
		word := text[t.start:t.end]
		n, known := d.words[word]
		if !known {
			n = int32(len(d.words))
			d.words[word] = n
		}
		t.word = n
	}
}

// line cuts a line into words and sentences. Prose runs on from line to line until a blank one.
func (d *document) line(from, to int, kind block) {
	text := d.text
	if kind != prose || len(bytes.TrimSpace(text[from:to])) == 0 {
		d.sentences++
	}
	for i := from; i < to; {
		if !isWord(text[i]) {
			if endsSentence(text, i) {
				d.sentences++
			}
			i++
			continue
		}
		start := i
		for i < to && (isWord(text[i]) || joins(text, i, to)) {
			i++
		}
		d.tokens = append(d.tokens, token{start: int32(start), end: int32(i), sentence: d.sentences, block: kind})
	}
	if kind != prose {
		d.sentences++
	}
}

func isWord(b byte) bool {
	return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || b >= 0x80 || b == '_'
}

// joins says whether a character holds a word together: a hyphen does not, a dot in a number does.
func joins(text []byte, i, to int) bool {
	if i+1 >= to || !isWord(text[i+1]) {
		return false
	}
	return text[i] == '\'' || text[i] == '.' && isDigit(text[i-1]) && isDigit(text[i+1])
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func endsSentence(text []byte, i int) bool {
	switch text[i] {
	case '.', '!', '?', ';':
		return i+1 >= len(text) || text[i+1] == ' ' || text[i+1] == '\n' || text[i+1] == '"'
	}
	return false
}

func (d *document) word(i int) []byte { return d.text[d.tokens[i].start:d.tokens[i].end] }

// span gives the bytes of the received text on which the tokens from first to last stand.
func (d *document) span(first, last int) Span {
	end := d.tokens[last].end
	return Span{Start: int(d.at[d.tokens[first].start]), End: int(d.at[end-1]) + d.width(int(end)-1)}
}

// width is the length in the received text of the character that became byte i.
func (d *document) width(i int) int {
	for j := i + 1; ; j++ {
		if d.at[j] != d.at[i] {
			return max(1, min(int(d.at[j]-d.at[i]), 4))
		}
	}
}

// blocks follows the kind of passage from line to line, by the marks of Markdown.
type blocks struct {
	fenced, hidden, inStep bool
}

var (
	fence    = regexp.MustCompile("^\\s{0,3}(```|~~~)")
	heading  = regexp.MustCompile(`^\s{0,3}#{1,6}\s`)
	numbered = regexp.MustCompile(`^\s{0,8}(?:step\s+)?\d{1,2}[.):]\s`)
	quotes   = regexp.MustCompile(`^(?:\s{0,3}[>|]|    \s*\S|\t\s*\S|\s*(?:user|assistant|me|bot|victim|attacker|system|human|ai):\s)`)
)

func (b *blocks) next(line []byte) block {
	if len(line) > 200 {
		line = line[:200] // the marks stand at the head
	}
	first := firstByte(line)
	if (first == '`' || first == '~') && fence.Match(line) {
		b.fenced = !b.fenced
		return quoted
	}
	if b.fenced {
		return quoted
	}
	if bytes.Contains(line, []byte("<!--")) {
		b.hidden = true
	}
	if b.hidden {
		b.hidden = !bytes.Contains(line, []byte("-->"))
		return comment
	}
	return b.plain(line, first)
}

// firstByte is the first of a line that is no space, or 0. It spares most lines the patterns.
func firstByte(line []byte) byte {
	if line = bytes.TrimLeft(line, " \t\n\f\r"); len(line) > 0 {
		return line[0]
	}
	return 0
}

func (b *blocks) plain(line []byte, first byte) block {
	blank := len(bytes.TrimSpace(line)) == 0
	switch {
	case first == '#' && heading.Match(line):
		b.inStep = false
		return title
	case (isDigit(first) || first == 's') && numbered.Match(line):
		b.inStep = true
		return step
	case !blank && mayQuote(line, first) && quotes.Match(line):
		return quoted
	case b.inStep && !blank && line[0] == ' ':
		return step
	}
	b.inStep = b.inStep && blank
	return prose
}

// maxRole is the length of the longest name of who speaks, with its colon.
const maxRole = len("assistant:")

// mayQuote says whether a line has what each of the forms of a quotation has.
func mayQuote(line []byte, first byte) bool {
	return first == '>' || first == '|' || line[0] == ' ' || line[0] == '\t' || bytes.IndexByte(line[:min(len(line), maxRole)], ':') > 0
}

// inTitle says whether a word stands in a heading or in the first sentence, which is the title.
func (d *document) inTitle(i int) bool {
	return d.tokens[i].block == title || d.tokens[i].sentence == d.tokens[0].sentence
}

// sentence gives the first token of a word's sentence and the one behind its last.
func (d *document) sentence(i int) (first, behind int) {
	n := d.tokens[i].sentence
	return max(0, int(d.starts[n])-d.base), min(len(d.tokens), int(d.starts[n+1])-d.base)
}

// part is a stretch of a document that speaks of one finding.
type part struct {
	first, last int // tokens; last is not included
	title       string
	span        Span
}

// cut is the document of one part; words keep their places in the text.
func (d *document) cut(p part) *document {
	c := *d
	c.tokens, c.base = d.tokens[p.first:p.last], p.first
	return &c
}

var findingHeading = regexp.MustCompile(`^(?:finding|issue|vulnerability|weakness|bug|problem)[ \t]*#?[ \t]*\d{1,2}\b`)

// maxFindings bounds the findings that are told apart.
const maxFindings = 100

// findingHeads are the lines that number a finding, from and to.
func (d *document) findingHeads() [][2]int {
	var heads [][2]int
	for from := 0; from < len(d.text) && len(heads) < maxFindings; {
		to := len(d.text)
		if n := bytes.IndexByte(d.text[from:], '\n'); n >= 0 {
			to = from + n
		}
		if line := bytes.TrimLeft(d.text[from:to], " \t#*"); len(line) > 0 && strings.IndexByte("fivwbp", line[0]) >= 0 && findingHeading.Match(line) {
			heads = append(heads, [2]int{from, to})
		}
		from = to + 1
	}
	return heads
}

// parts tells several findings of a report apart, where headings number them. What stands before
// the first heading belongs to none of them.
func parts(d *document) []part {
	heads := d.findingHeads()
	if len(heads) < 2 {
		return []part{{0, len(d.tokens), "", Span{0, len(d.received)}}}
	}
	list := make([]part, 0, len(heads))
	for i, at := range heads {
		end := len(d.text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		p := part{first: d.tokenAt(at[0]), last: d.tokenAt(end), span: Span{int(d.at[at[0]]), int(d.at[end])}}
		p.title = string(bytes.Trim(d.text[at[0]:at[1]], " \t#*"))
		list = append(list, p)
	}
	return list
}

// tokenAt is the first token at or behind a byte of the cleaned text.
func (d *document) tokenAt(at int) int {
	return sort.Search(len(d.tokens), func(i int) bool { return int(d.tokens[i].start) >= at })
}
