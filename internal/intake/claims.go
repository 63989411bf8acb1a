package intake

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// What a plain text claims in a form that can be picked out without guessing: fields ("Severity:
// high"), CVSS vectors, and counts of attempts in prose and tables. Quoted text and code are left
// out: old numbers in a reply are no new evidence, and prompts are no claims. A rate without counts
// stays a rate.

// fieldNames maps the words that people put before a colon to one name each.
var fieldNames = map[string]string{
	"title": "title", "product": "product", "affected product": "product", "product / version": "product", "affected version": "version",
	"version": "version", "model": "model", "model version": "model", "severity": "severity", "reporter severity": "severity",
	"severity (mine)": "severity", "type of issue": "type", "type": "type", "category": "type", "content category": "type", "harm category": "type", "weakness": "type",
	"security impact": "impact", "conversation id": "conversation", "user interaction": "interaction", "attack vector": "attack vector",
	"reporter": "reporter", "reported by": "reporter", "researcher": "reporter", "cvss": "CVSS", "url": "url",
	"data classification": "data classification", "data classification of training data": "data classification",
	"component": "component", "date": "date", "environment": "environment", "access": "access",
}

var (
	fieldLine = regexp.MustCompile(`^[\s>*_\-+]*([A-Za-z][A-Za-z_ /()]{1,40}?)\s*[*_]*:[*_]*\s+(.+)$`)
	cvss      = regexp.MustCompile(`CVSS:[34]\.[01](?:/[A-Z]{1,3}:[A-Z])+`)
	// kOfN finds "17/20", "9 of 12", "9 out of 12"; what stands around it decides.
	kOfN = regexp.MustCompile(`(?:^|[\s(,;:~=*|])(\d{1,7})(?:\s*/\s*|\s+(?:out\s+)?of\s+)(\d{1,7})(?:[\s),;:.!?*%|]|$)`)
	// nThenK finds "20 attempts, 3 successes".
	nThenK    = regexp.MustCompile(`(?i)\b(\d{1,7})\s+(?:attempts|tries|trials|runs)\b[^.\d]{0,20}?(\d{1,7})\s+(?:success|hit|succeeded|worked)`)
	rate      = regexp.MustCompile(`(?i)\b(?:works?|worked|succeed\w*|success\w*|reproduc\w*)\b[^.\n]{0,60}?\b(\d{1,3}(?:\.\d+)?)\s*%`)
	quoteHead = regexp.MustCompile(`(?i)^(on .{4,120} wrote:|-{2,}\s*original message\s*-{2,}|from: .+@.+)$`)
)

// trialWords make two numbers a count of attempts and not a date or a page, and so does what begins with trialStems.
var (
	trialWords = map[string]bool{
		"attempt": true, "attempts": true, "try": true, "tries": true, "trial": true, "trials": true, "run": true, "runs": true, "times": true,
		"worked": true, "works": true, "prompts": true, "requests": true, "hit": true, "hits": true, "conversations": true, "samples": true,
		"numbers": true, "rate": true,
	}
	trialStems = []string{"success", "succeed", "reproduc"}
)

// speaksOfTrials says whether one of these words is in a line. An expression for them takes much longer.
func speaksOfTrials(line string) bool {
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		word = strings.ToLower(word)
		if trialWords[word] || slices.ContainsFunc(trialStems, func(stem string) bool { return strings.HasPrefix(word, stem) }) {
			return true
		}
	}
	return false
}

// readClaims fills in title, product and claims from the report's text.
func readClaims(r *Report) {
	var table []string
	fence, said := false, false
	lines := strings.Split(r.Text, "\n")
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~"):
			fence = !fence
		case fence, strings.HasPrefix(trimmed, ">"):
		case said && quoteHead.MatchString(trimmed):
			return // what follows is an older message
		case strings.HasPrefix(trimmed, "|"):
			table = r.tableRow(table, trimmed, i+1)
			continue
		default:
			said = said || trimmed != ""
			r.line(trimmed, i+1)
		}
		table = nil
	}
	if r.Title == "" {
		r.Title = firstLine(lines)
	}
}

// line reads one line of prose or one field.
func (r *Report) line(line string, at int) {
	if heading, ok := strings.CutPrefix(line, "# "); ok && r.Title == "" {
		r.Title = clip(strings.TrimSpace(strings.Trim(heading, "#")), maxMethod)
		return
	}
	if !strings.Contains(line, ":") {
		r.counts(line, at)
		return
	}
	if m := fieldLine.FindStringSubmatch(line); m != nil {
		if name, ok := fieldNames[strings.ToLower(strings.TrimSpace(strings.ReplaceAll(m[1], "_", " ")))]; ok {
			r.field(name, clip(strings.TrimSpace(strings.Trim(m[2], "*_ ")), maxMethod), at)
		}
	}
	if v := cvss.FindString(line); v != "" {
		r.addClaim("CVSS", v, at)
	}
	r.counts(line, at)
}

func (r *Report) field(name, value string, at int) {
	switch {
	case name == "title" && r.Title == "":
		r.Title = value
	case name == "product" && r.Product == "":
		r.Product = value
	case name == "model" && r.Model == "":
		r.Model = value
	case name == "reporter" && r.Reporter == "":
		r.Reporter = value
	case name != "title":
		r.addClaim(name, value, at)
	}
}

// maxClaims bounds what is picked out of one text.
const maxClaims = 1000

func (r *Report) addClaim(name, value string, at int) {
	if len(r.Claims) >= maxClaims {
		return
	}
	for _, c := range r.Claims {
		if c.Name == name && c.Value == value {
			return
		}
	}
	r.Claims = append(r.Claims, Claim{name, value, at})
}

// counts picks "k of n" out of prose. Most lines have no number in them, and need none of the patterns.
func (r *Report) counts(line string, at int) {
	if !hasDigit(line) {
		return
	}
	found := false
	if speaksOfTrials(line) {
		if m := nThenK.FindStringSubmatch(line); m != nil {
			r.trials("trials", m[2], m[1], at)
			return
		}
		// Matches share the character between them, so each search starts inside the one before.
		for rest := line; ; {
			m := kOfN.FindStringSubmatchIndex(rest)
			if m == nil {
				break
			}
			found = r.trials("trials", rest[m[2]:m[3]], rest[m[4]:m[5]], at) || found
			rest = rest[m[5]:]
		}
	}
	if found || !strings.Contains(line, "%") {
		return
	}
	if m := rate.FindStringSubmatch(line); m != nil {
		r.addClaim("success rate", m[1]+" %", at)
	}
}

// hasDigit looks at bytes, which takes a third of what strings.ContainsAny does: every line of every report comes by.
func hasDigit(line string) bool {
	for i := range len(line) {
		if '0' <= line[i] && line[i] <= '9' {
			return true
		}
	}
	return false
}

// trials adds a claim of k successes in n attempts, if that is possible.
func (r *Report) trials(name, k, n string, at int) bool {
	successes, err1 := strconv.Atoi(k)
	attempts, err2 := strconv.Atoi(n)
	if err1 != nil || err2 != nil || successes > attempts || attempts == 0 || len(r.Claims) >= maxClaims {
		return false
	}
	r.Claims = append(r.Claims, Claim{name, fmt.Sprintf("%d of %d", successes, attempts), at})
	return true
}

// tableRow reads a row of a Markdown table. The first row is its header, kept in table.
func (r *Report) tableRow(table []string, line string, at int) []string {
	cells := strings.Split(strings.Trim(line, "| "), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	if table == nil {
		if len(cells) == 2 {
			r.line(cells[0]+": "+cells[1], at) // a table of fields need not have a header
		}
		return cells
	}
	n, k := -1, -1
	for i, name := range table {
		switch strings.ToLower(strings.Trim(name, "*_ ")) {
		case "attempts", "trials", "tries", "runs", "n", "total":
			n = i
		case "successes", "success", "hits", "successful", "k", "worked":
			k = i
		}
	}
	switch {
	case n >= 0 && k >= 0 && n < len(cells) && k < len(cells):
		r.trials(strings.TrimSuffix("trials: "+cells[0], ": "), cells[k], cells[n], at)
	case len(cells) == 2:
		r.line(cells[0]+": "+cells[1], at)
	default:
		r.counts(strings.Join(append(table, cells...), " , "), at)
	}
	return table
}

// firstLine is the first line that says something, for texts without a heading.
func firstLine(lines []string) string {
	for _, line := range lines {
		line = strings.TrimSpace(strings.TrimLeft(line, "#> *-"))
		if line != "" && !strings.HasPrefix(line, "<!--") {
			return clip(line, 120)
		}
	}
	return ""
}
