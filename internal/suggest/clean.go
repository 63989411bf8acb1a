package suggest

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// cleaned is a text in the form in which it is read: lower case, without the characters that hide
// or disguise words. It keeps where each byte came from.
type cleaned struct {
	received string
	text     []byte
	at       []int32 // for each byte of text its offset in the text as received, and where reading stopped
	left     int     // bytes of the text as received that were not read
	// What was found on the way: offsets in the text as received.
	invisible, turned, disguised []int32
}

// maxRead is how much of a text is weighed, in bytes after cleaning.
const maxRead = 256 << 10

// maxLine is the length at which a line without an end is judged for noise.
const maxLine = 4 << 10

// clean undoes what hides words from a reader of characters: invisible and direction-changing
// characters go, compatibility forms and accents are folded, letters of other scripts that look
// Latin become Latin. Of a text that is longer than maxRead it leaves out the lines that are noise,
// and blank lines behind each other, so that they do not crowd out the rest, and stops where maxRead is full.
func clean(received string, noise func(line []byte) bool) *cleaned {
	room := min(len(received), maxRead+maxLine) + 8
	c := &cleaned{received: received, text: make([]byte, 0, room), at: make([]int32, 0, room+1)}
	long := len(received) > maxRead && noise != nil
	line, wasBlank := 0, false  // where the line begins, and how the one before it was
	latin, foreign := false, -1 // of the word so far
	end := len(received)
	for i, r := range received {
		if n := len(c.text); n > line && (c.text[n-1] == '\n' || n-line > maxLine) {
			blank := len(bytes.TrimSpace(c.text[line:])) == 0
			if long && (noise(c.text[line:]) || blank && wasBlank) {
				c.text, c.at = c.text[:line], c.at[:line]
			}
			wasBlank = blank
			if line = len(c.text); line >= maxRead {
				end = i
				break
			}
		}
		if r < utf8.RuneSelf {
			latin, foreign = c.word(isLetter(r), latin, foreign, -1)
			c.ascii(r, i)
			continue
		}
		twin, isTwin := lookalikes[r]
		switch {
		case isTwin:
			latin, foreign = c.word(true, latin, foreign, i)
			c.add(twin, i)
		case isTurning(r):
			c.turned = append(c.turned, int32(i))
		case isInvisible(r):
			c.invisible = append(c.invisible, int32(i))
		default:
			latin, foreign = c.word(unicode.IsLetter(r), latin, foreign, -1)
			c.fold(r, received[i:], i)
		}
	}
	c.word(false, latin, foreign, -1)
	c.at, c.left = append(c.at, int32(end)), len(received)-end
	return c
}

// word follows a word letter by letter, and notes one that mixes Latin letters with lookalikes.
func (c *cleaned) word(letter, latin bool, foreign, twin int) (bool, int) {
	switch {
	case !letter:
		if latin && foreign >= 0 {
			c.disguised = append(c.disguised, int32(foreign))
		}
		return false, -1
	case twin >= 0:
		return latin, max(foreign, twin)
	}
	return true, foreign
}

func (c *cleaned) ascii(r rune, at int) {
	switch {
	case 'A' <= r && r <= 'Z':
		r += 'a' - 'A'
	case r < ' ' && r != '\n' && r != '\t', r == 0x7f:
		r = ' '
	}
	c.add(byte(r), at)
}

func (c *cleaned) add(b byte, at int) {
	c.text = append(c.text, b)
	c.at = append(c.at, int32(at))
}

// fold writes a character without its accents and in its plainest form.
func (c *cleaned) fold(r rune, rest string, at int) {
	plain := norm.NFKD.PropertiesString(rest).Decomposition()
	if plain == nil {
		plain = utf8.AppendRune(nil, r)
	}
	for _, p := range string(plain) {
		switch {
		case unicode.Is(unicode.Mn, p):
		case p < utf8.RuneSelf:
			c.ascii(p, at)
		case unicode.Is(unicode.Pd, p):
			c.add('-', at)
		case p == '\u2018' || p == '\u2019':
			c.add('\'', at)
		case p == '\u201c' || p == '\u201d':
			c.add('"', at)
		case unicode.IsSpace(p):
			c.add(' ', at)
		default:
			for _, b := range utf8.AppendRune(nil, unicode.ToLower(p)) {
				c.add(b, at)
			}
		}
	}
}

func isLetter(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }

func isTurning(r rune) bool {
	return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' || r == '\u200e' || r == '\u200f' || r == '\u061c'
}

func isInvisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || unicode.Is(unicode.Variation_Selector, r) ||
		r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u034f' || r == utf8.RuneError
}

// lookalikes are letters of other scripts that a person reads as Latin: the letter, then its twin.
var lookalikes = twins("аa вb гr еe зs іi кk мm нh оo рp сc тt уy хx ѕs јj һh ԁd ԛq ԝw ьb " +
	"Аa Вb Еe Ѕs Іi Кk Мm Нh Оo Рp Сc Тt Уy Хx Јj Һh Ԁd Ԛq Ԝw αa ηn ιi κk νv οo ρp τt υy χx ωw " +
	"Αa Βb Εe Ζz Ηh Ιi Κk Μm Νn Οo Ρp Τt Υy Χx Ɩl ıi ⲟo ɑa ɡg ɩi օo հh ոn սu")

func twins(list string) map[rune]byte {
	m := map[rune]byte{}
	for _, pair := range strings.Fields(list) {
		r, size := utf8.DecodeRuneInString(pair)
		m[r] = pair[size]
	}
	return m
}
