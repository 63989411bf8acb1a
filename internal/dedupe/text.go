package dedupe

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxText is how much of a text is read, in bytes.
const maxText = 1 << 20

// maxWord bounds a word, in bytes; a longer one is cut, so that a blob of base64 is one word.
const maxWord = 64

// passage is a sentence, or what else stands by itself: a heading, a list item, a line of a table.
type passage struct {
	words  []string
	quoted bool
}

// passages takes a text apart.
func passages(text string) []passage {
	r := passageReader{}
	for line := range strings.Lines(plain(clip(text, maxText))) {
		r.line(strings.TrimSpace(line))
	}
	r.end()
	return r.list
}

// clip cuts a text at a border between characters.
func clip(text string, size int) string {
	if len(text) <= size {
		return text
	}
	for size > 0 && !utf8.RuneStart(text[size]) {
		size--
	}
	return text[:size]
}

// formatting are the tags of HTML that only lay text out. Others may be the payload of an attack.
var formatting = regexp.MustCompile(`(?i)</?(?:p|br|hr|div|span|b|i|u|em|strong|ul|ol|li|h[1-6]|pre|code|table|tbody|thead|tr|t[dh]|blockquote)(?:\s[^<>]*)?/?>`)

// plain takes away formatting, and what makes equal words look unequal to a machine or unequal words
// look equal to a person.
func plain(text string) string {
	text = strings.ToValidUTF8(text, " ")
	if strings.Contains(text, "<") {
		text = formatting.ReplaceAllString(text, " ")
	}
	if strings.Contains(text, "&") {
		text = html.UnescapeString(text)
	}
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return strings.Map(visible, strings.ToLower(norm.NFKD.String(text)))
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// visible drops accents and what is not seen.
func visible(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case r >= 0x300 && r <= 0x36f, unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r),
		r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0':
		return -1
	}
	return r
}

// passageReader collects words, passage by passage.
type passageReader struct {
	list []passage
	open passage
}

func (r *passageReader) end() {
	if len(r.open.words) > 0 {
		r.list = append(r.list, r.open)
	}
	r.open = passage{}
}

func (r *passageReader) line(line string) {
	quoted := strings.HasPrefix(line, ">")
	if line == "" || quoted != r.open.quoted || strings.ContainsRune("#-*+|`=", rune(line[0])) || isItem(line) {
		r.end()
	}
	r.open.quoted = quoted
	start := -1
	for i, c := range line {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.Is(unicode.M, c) {
			if start < 0 {
				start = i
			}
			continue
		}
		r.word(line, start, i)
		start = -1
		if ends(line, i, c) {
			r.end()
			r.open.quoted = quoted
		}
	}
	r.word(line, start, len(line))
}

// isItem says whether a line is an item of a numbered list.
func isItem(line string) bool {
	rest := strings.TrimLeft(line, "0123456789")
	return rest != line && (strings.HasPrefix(rest, ". ") || strings.HasPrefix(rest, ") "))
}

// ends says whether the character at i ends a sentence: one that is followed by a space, so that the
// dots of names and numbers do not.
func ends(line string, i int, c rune) bool {
	switch c {
	case '.', '!', '?', ';', ':':
		return i+1 == len(line) || line[i+1] == ' '
	case '。', '！', '？', '|':
		return true
	}
	return false
}

func (r *passageReader) word(line string, start, end int) {
	if start < 0 {
		return
	}
	word := clip(line[start:end], maxWord)
	first, size := utf8.DecodeRuneInString(word)
	switch {
	case unspaced(first):
		r.open.words = append(r.open.words, pairs(word)...)
	case len(word) > size:
		r.open.words = append(r.open.words, latin(word))
	}
}

// unspaced says whether a script puts no spaces between words.
func unspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

// pairs stands in for words where there are no spaces: each two neighbouring characters.
func pairs(text string) []string {
	runes := []rune(text)
	if len(runes) == 1 {
		return []string{text}
	}
	list := make([]string, 0, len(runes)-1)
	for i := range len(runes) - 1 {
		list = append(list, string(runes[i:i+2]))
	}
	return list
}

// lookAlikes are small letters of other scripts that pass for Latin ones (Unicode TR 39, confusables).
var lookAlikes = strings.NewReplacer(
	"а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ј", "j", "ѕ", "s", "һ", "h",
	"ԁ", "d", "ԛ", "q", "ԝ", "w", "ӏ", "l", "к", "k", "м", "m", "т", "t", "в", "b", "н", "h", "г", "r",
	"α", "a", "ο", "o", "ρ", "p", "ν", "v", "ι", "i", "κ", "k", "υ", "u", "χ", "x", "ε", "e", "ɑ", "a", "ı", "i", "ɡ", "g",
)

// latin undoes look-alike letters in a word that mixes scripts; a word that is all Cyrillic or Greek
// stays.
func latin(word string) string {
	if isASCII(word) || !strings.ContainsFunc(word, func(r rune) bool { return r >= 'a' && r <= 'z' }) {
		return word
	}
	return lookAlikes.Replace(word)
}

// singular takes the plural of an English noun away (Harman, "How effective is suffixing?", 1991,
// the S stemmer). Words with digits are names and stay.
func singular(word string) string {
	n := len(word)
	if n < 4 || word[n-1] != 's' || word[n-2] < 'a' || word[n-2] > 'z' {
		return word
	}
	switch {
	case strings.HasSuffix(word, "ies") && word[n-4] != 'e' && word[n-4] != 'a':
		return word[:n-3] + "y"
	case strings.HasSuffix(word, "es") && !strings.ContainsRune("aeo", rune(word[n-3])):
		return word[:n-1]
	case strings.HasSuffix(word, "ies"), strings.HasSuffix(word, "es"), strings.HasSuffix(word, "us"), strings.HasSuffix(word, "ss"):
		return word
	}
	return word[:n-1]
}
