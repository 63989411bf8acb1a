package intake

import (
	"bytes"
	"encoding/json"
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// FLARE-AI and AIFR flaw reports: JSON-LD whose @type is AIFlawReport. Members carry a vocabulary's
// prefix or none, and are written in camel, snake or spaced words; they are found by their letters.

func sniffFlare(h *head) bool {
	for _, outline := range h.json {
		for path, value := range outline {
			last := path[strings.LastIndexByte(path, '.')+1:]
			if (last == "@type" || last == "@type[]") && strings.HasSuffix(value, "FlawReport") {
				return true
			}
		}
	}
	return false
}

func readFlare(f *file) error {
	return f.root(func(p jsonl.Part) {
		var nodes []json.RawMessage
		var graph struct {
			Graph []json.RawMessage `json:"@graph"`
		}
		switch {
		case jsonl.Decode(p.Value, &nodes) == nil:
		case jsonl.Decode(p.Value, &graph) == nil && graph.Graph != nil:
			nodes = graph.Graph
		default:
			nodes = []json.RawMessage{p.Value}
		}
		for at, node := range nodes {
			if bytes.Contains(node, []byte("FlawReport")) {
				f.flare(at+1, node)
			}
		}
	})
}

func (f *file) flare(at int, node []byte) {
	m := map[string]string{}
	if err := jsonl.Members(node, func(key, value []byte) bool {
		m[letters(string(key))] = flareText(value)
		return true
	}); err != nil {
		f.lose(at, "a flaw report that is no object", "JSON-LD with @type AIFlawReport")
		return
	}
	text := first(m, "flawdescription", "description", "flawdetails")
	title := first(m, "title", "name", "flawtitle")
	if mapping.Refused("flare", m["category"], m["harmtypes"], m["flawtype"], title) || m["csam"] == "true" || m["csamrelated"] == "true" {
		f.refuse(1)
		return
	}
	f.report(Report{
		At: at, ID: first(m, "reportid", "identifier", "id"), Title: orWord(title, clip(text, 80)), Text: text,
		Product: first(m, "systems", "aisystems", "aisystem", "product"), Model: first(m, "systemversions", "systemversion", "model"),
		Reporter: first(m, "reporterid", "reporter", "author"), Received: first(m, "reportcreated", "submissiontimestamp", "datecreated", "date"),
		Claims: claims("severity", m["severity"], "prevalence", m["prevalence"], "impacts", first(m, "impacts", "impact"),
			"policy violation", m["policyviolation"], "report type", first(m, "reporttypes", "reporttype"), "steps", first(m, "stepstoreproduce", "proofofconcept")),
	})
}

// letters reduces a member's name such as "aifr:flaw_description" to "flawdescription".
func letters(key string) string {
	key = key[strings.LastIndexAny(key, ":/#")+1:]
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return -1
	}, key)
}

// first is the first of the named texts that is there.
func first(m map[string]string, names ...string) string {
	for _, name := range names {
		if m[name] != "" {
			return m[name]
		}
	}
	return ""
}

// flareText flattens a value of JSON-LD: texts, lists, and objects by their name or value.
func flareText(value []byte) string {
	var v any
	if jsonl.Decode(value, &v) != nil {
		return ""
	}
	return flatten(v, 0)
}

func flatten(v any, depth int) string {
	switch v := v.(type) {
	case string:
		return v
	case bool, float64:
		return canonical(v)
	case []any:
		var parts []string
		for _, e := range v {
			if s := flatten(e, depth+1); s != "" && depth < 4 {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		for _, name := range []string{"@value", "name", "schema:name", "displayName", "value", "@id"} {
			if s := flatten(v[name], depth+1); s != "" && depth < 4 {
				return s
			}
		}
	}
	return ""
}
