package casebook

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Both databases search for the same words, because the words are made here: letters and digits, folded to
// small letters without accents, and written in ASCII. Neither database's own idea of a word takes part.

// Limits of the search. docs/limits.md has them all in one table.
const (
	maxWord     = 40       // characters of a word that count; longer ones are found by their beginning
	maxIndexed  = 64 << 10 // bytes of a case's texts that are searched
	maxDistinct = 4000     // different words of a case
	maxAsked    = 16       // words of one search
)

// fold makes a letter or digit ASCII; it returns "" for what separates words.
func fold(r rune) string {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
		return string(r)
	case r < 0x80:
		return ""
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return fmt.Sprintf("_%05x", unicode.ToLower(r)) // fixed in length, so that a beginning stays a beginning
	}
	return ""
}

// alone are scripts that put no space between words: each character is a word.
var alone = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// decomposed is a text with accents apart from their letters.
func decomposed(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) < 0 {
		return text
	}
	return norm.NFKD.String(text)
}

// words calls yield with each word of a text. What looks like an id (CVE-2026-1234) is a word as a whole
// and in its parts.
func words(text string, yield func(word string)) {
	var word, id strings.Builder
	n, digit, hyphen := 0, false, false
	end := func() {
		if word.Len() > 0 {
			yield(word.String())
		}
		word.Reset()
		n = 0
	}
	endID := func() {
		end()
		if whole := strings.TrimRight(id.String(), "-"); hyphen && digit && strings.Contains(whole, "-") {
			yield(whole)
		}
		id.Reset()
		digit, hyphen = false, false
	}
	for _, r := range decomposed(text) {
		if r >= 0x80 && unicode.Is(unicode.Mn, r) {
			continue // an accent
		}
		r = unicode.ToLower(r)
		folded := fold(r)
		switch {
		case folded == "" && r == '-' && id.Len() > 0:
			end()
			hyphen = true
			id.WriteByte('-')
			continue
		case folded == "":
			endID()
			continue
		case r >= 0x80 && unicode.IsOneOf(alone, r):
			endID()
			yield(folded)
			continue
		}
		digit = digit || unicode.IsDigit(r)
		if n++; n <= maxWord {
			word.WriteString(folded)
		}
		if id.Len() < 2*maxWord {
			id.WriteString(folded)
		}
	}
	endID()
}

// wanted is a word of a search.
type wanted struct {
	word   string
	prefix bool
}

// wantedWords reads the words of a search: all must occur, and word* finds every word that begins so.
func wantedWords(text string) []wanted {
	var all []wanted
	seen := map[wanted]bool{}
	add := func(w wanted) {
		if !seen[w] {
			seen[w] = true
			all = append(all, w)
		}
	}
	for _, field := range strings.Fields(text) {
		if id, ok := looksLikeID(field); ok {
			add(wanted{word: id})
			continue
		}
		var parts []string
		words(field, func(w string) { parts = append(parts, w) })
		if n := len(parts); n > 0 && strings.Contains(parts[n-1], "-") {
			parts = parts[n-1:] // an id says it all
		}
		for i, p := range parts {
			add(wanted{word: p, prefix: strings.HasSuffix(field, "*") && i == len(parts)-1})
		}
	}
	return all
}

// looksLikeID says whether a word of a search is the id of a case, and how the index writes it.
func looksLikeID(field string) (string, bool) {
	id, err := ParseID(field)
	if err != nil || !strings.ContainsAny(field, "0123456789") {
		return "", false
	}
	return strings.ToLower(id.String()), true
}
