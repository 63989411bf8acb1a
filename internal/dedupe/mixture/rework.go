package mixture

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// rework tells a report again. Each of these happens to two reports in three: 5 to 25 % of the words are
// dropped; as many are replaced, by a synonym where there is one; neighbouring words and whole sentences
// change places; boilerplate is added before and after; prose, lists, quotes and tables become each
// other. Reports to which fewer than two would happen lose and change words.
func rework(r *rand.Rand, title, text string) (string, string) {
	const drop, replace, reorder, add, rebuild = 0, 1, 2, 3, 4
	var does [5]bool
	count := 0
	for i := range does {
		if does[i] = r.IntN(3) > 0; does[i] {
			count++
		}
	}
	if count < 2 {
		does[drop], does[replace] = true, true
	}
	sentences := split(text)
	if does[reorder] {
		sentences = reordered(r, sentences)
	}
	if does[drop] {
		sentences = eachWord(sentences, dropped(r, share(r)))
		title = strings.Join(eachWord([]string{title}, dropped(r, 0.2)), "")
	}
	if does[replace] {
		sentences = eachWord(sentences, replaced(r, share(r)))
	}
	if does[add] {
		sentences = padded(r, sentences)
	}
	if does[rebuild] {
		return title, structured(r, sentences)
	}
	return title, strings.Join(sentences, "\n")
}

func share(r *rand.Rand) float64 { return 0.05 + 0.2*r.Float64() }

// split takes a report apart into sentences, headings and items.
func split(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		for sentence := range strings.SplitSeq(strings.TrimSpace(line), ". ") {
			if sentence = strings.TrimSpace(sentence); sentence != "" && sentence != "```" && sentence != "```text" {
				list = append(list, sentence)
			}
		}
	}
	return list
}

func reordered(r *rand.Rand, sentences []string) []string {
	moved := make([]string, len(sentences))
	for i, j := range r.Perm(len(sentences)) {
		list := strings.Fields(sentences[j])
		for k := 1; k < len(list); k++ {
			if r.IntN(10) == 0 {
				list[k-1], list[k] = list[k], list[k-1]
			}
		}
		moved[i] = strings.Join(list, " ")
	}
	return moved
}

func eachWord(sentences []string, change func(string) string) []string {
	changed := make([]string, len(sentences))
	for i, s := range sentences {
		var list []string
		for w := range strings.FieldsSeq(s) {
			if w = change(w); w != "" {
				list = append(list, w)
			}
		}
		changed[i] = strings.Join(list, " ")
	}
	return changed
}

func dropped(r *rand.Rand, share float64) func(string) string {
	return func(word string) string {
		if r.Float64() < share {
			return ""
		}
		return word
	}
}

func replaced(r *rand.Rand, share float64) func(string) string {
	return func(word string) string {
		if r.Float64() >= share {
			return word
		}
		if synonym := synonyms[strings.ToLower(word)]; synonym != "" {
			return synonym
		}
		return pick(r, replacements)
	}
}

// padded puts boilerplate around a report, half of it that of another reporter.
func padded(r *rand.Rand, sentences []string) []string {
	var before, after []string
	for _, i := range r.Perm(len(boilerplate))[:2+r.IntN(4)] {
		before = append(before, boilerplate[i])
	}
	for _, i := range r.Perm(len(boilerplate))[:2+r.IntN(4)] {
		after = append(after, boilerplate[i])
	}
	after = append(after, fmt.Sprintf("Found by %s %s", name(r), name(r)))
	return append(append(before, sentences...), after...)
}

// structured writes sentences in another form.
func structured(r *rand.Rand, sentences []string) string {
	form := pick(r, []string{"- %s\n", "> %s\n", "| %d | %s |\n", "<p>%s</p>\n", "%s. ", "%d) %s\n", "**%s**\n\n", "\t%s\r\n"})
	var out strings.Builder
	for i, s := range sentences {
		s = strings.TrimSpace(strings.TrimLeft(s, "#*|>-="))
		if strings.Contains(form, "%d") {
			fmt.Fprintf(&out, form, i+1, s)
		} else {
			fmt.Fprintf(&out, form, s)
		}
	}
	return out.String()
}
