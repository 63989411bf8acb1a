package site

import (
	"encoding/json"
	"fmt"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/server/web/texts"
)

// Describe words an event for people: what happened, with the values that matter. Who did it, and when, stands
// beside it.
func Describe(r *Request, e casebook.Event) string {
	var p map[string]any
	if err := json.Unmarshal(e.Payload, &p); err != nil {
		return e.Kind
	}
	text := texts.English().T("event." + e.Kind)
	if detail := details[e.Kind]; detail != nil {
		text += ": " + detail(r, p)
	}
	return text
}

// details picks what matters of an event's payload, by kind.
var details = map[string]func(*Request, map[string]any) string{
	"received": func(_ *Request, p map[string]any) string { return field(p, "title") },
	"fact-set": factDetail,
	"moved":    movedDetail,
	"assigned": func(r *Request, p map[string]any) string { return personOf(r, p, "to") },
	"message-added": func(_ *Request, p map[string]any) string {
		return texts.English().T("event.to." + field(p, "visibility"))
	},
	"files-added": func(_ *Request, p map[string]any) string { return field(p, "visibility") },
	"person-named": func(r *Request, p map[string]any) string {
		return personOf(r, p, "person") + " (" + field(p, "role") + ")"
	},
	"person-unnamed": func(r *Request, p map[string]any) string {
		return personOf(r, p, "person") + " (" + field(p, "role") + ")"
	},
	"embargo-set":       func(_ *Request, p map[string]any) string { return field(p, "status") },
	"flags-set":         flagsDetail,
	"linked":            func(_ *Request, p map[string]any) string { return field(p, "kind") + " " + field(p, "to") },
	"unlinked":          func(_ *Request, p map[string]any) string { return field(p, "kind") + " " + field(p, "to") },
	"candidate-decided": func(_ *Request, p map[string]any) string { return field(p, "case") + " " + field(p, "relation") },
	"clocks":            clocksDetail,
	"warned": func(_ *Request, p map[string]any) string {
		return texts.English().T("deadline." + field(p, "deadline"))
	},
	"filed": func(_ *Request, p map[string]any) string {
		return texts.English().T("deadline."+field(p, "deadline")) + " " + field(p, "reference")
	},
	"track-set": func(_ *Request, p map[string]any) string { return field(p, "track") },
	"assessed":  func(_ *Request, p map[string]any) string { return outcomeText(p) + " " + field(p, "row") },
	"adjusted":  func(_ *Request, p map[string]any) string { return outcomeText(p) + ", " + field(p, "why") },
	"rejudged":  func(_ *Request, p map[string]any) string { return field(p, "bar") + ", " + outcomeText(p) },
	"criterion-set": func(_ *Request, p map[string]any) string {
		return fmt.Sprintf("%s (%s×)", field(p, "criterion"), field(p, "planned"))
	},
	"run-recorded":       runDetail,
	"quarantined":        func(_ *Request, p map[string]any) string { return field(p, "reason") },
	"released":           func(_ *Request, p map[string]any) string { return field(p, "reason") },
	"roles-set":          func(_ *Request, p map[string]any) string { return field(p, "roles") },
	"status-set":         func(_ *Request, p map[string]any) string { return field(p, "status") },
	"credential-added":   func(_ *Request, p map[string]any) string { return field(p, "credential") + " " + field(p, "label") },
	"credential-revoked": func(_ *Request, p map[string]any) string { return field(p, "credential") + " " + field(p, "label") },
	"signed-in":          func(_ *Request, p map[string]any) string { return field(p, "with") },
	"sign-in-failed":     func(_ *Request, p map[string]any) string { return field(p, "with") },
	"glass-broken":       func(_ *Request, p map[string]any) string { return field(p, "reason") },
	"setting-set":        func(_ *Request, p map[string]any) string { return field(p, "name") },
	"reply-set":          replyDetail,
	"exported":           func(_ *Request, p map[string]any) string { return field(p, "what") },
	"read":               func(_ *Request, p map[string]any) string { return field(p, "what") },
}

func field(p map[string]any, name string) string {
	switch v := p[name].(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return fmt.Sprintf("%g", v)
	default:
		return fmt.Sprint(v)
	}
}

func replyDetail(_ *Request, p map[string]any) string {
	if p["retired"] == true {
		return field(p, "name") + ", " + texts.English().T("event.reply-retired")
	}
	return field(p, "name")
}

func personOf(r *Request, p map[string]any, name string) string {
	id, err := casebook.ParseID(field(p, name))
	if err != nil {
		return texts.English().T("person.nobody")
	}
	if handle := r.Site.Book.HandleOf(r.Context(), id); handle != "" {
		return handle
	}
	return texts.English().T("person.reporter")
}

func outcomeText(p map[string]any) string { return texts.English().T("outcome." + field(p, "outcome")) }

func factDetail(_ *Request, p map[string]any) string {
	fact, _ := p["fact"].(map[string]any)
	values, _ := fact["values"].([]any)
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	value := strings.Join(words, " or ")
	if value == "" {
		value = "unknown"
	}
	return fmt.Sprintf("%s = %s (%s)", field(p, "point"), value, field(fact, "provenance"))
}

func movedDetail(_ *Request, p map[string]any) string {
	text := stateName(field(p, "from")) + " → " + stateName(field(p, "to"))
	if reason := field(p, "reason"); reason != "" {
		text += ": " + reason
	}
	return text
}

func flagsDetail(_ *Request, p map[string]any) string {
	var set []string
	for _, name := range []string{"public", "exploit", "attacks"} {
		if p[name] == true {
			set = append(set, name)
		}
	}
	return strings.Join(set, ", ")
}

func clocksDetail(_ *Request, p map[string]any) string {
	var words []string
	started, _ := p["started"].([]any)
	for _, d := range started {
		if m, ok := d.(map[string]any); ok {
			words = append(words, "+ "+texts.English().T("deadline."+field(m, "id")))
		}
	}
	met, _ := p["met"].([]any)
	for _, d := range met {
		words = append(words, "✓ "+texts.English().T("deadline."+fmt.Sprint(d)))
	}
	return strings.Join(words, ", ")
}

func runDetail(_ *Request, p map[string]any) string {
	run, _ := p["run"].(map[string]any)
	return field(run, "successes") + " of " + field(run, "attempts")
}
