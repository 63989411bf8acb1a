package site

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"bugbar/internal/server/web/texts"
)

// Shortcut is something that a key does. Templates and script know it by the keys that it has as it comes.
type Shortcut struct {
	ID   string // by which a person's own keys are kept
	Keys string // one key, or two in a row parted by a space
	Text string // what it does, a key of the catalogue
}

// ShortcutGroup is shortcuts that belong together.
type ShortcutGroup struct {
	Name      string
	Shortcuts []Shortcut
}

// ShortcutGroups are all shortcuts, each with the keys that it has as it comes. Ctrl+K and Ctrl+Enter are not among them: no
// key of their own types a character.
var ShortcutGroups = []ShortcutGroup{
	{"keys.list", []Shortcut{
		{"down", "j", "keys.down"},
		{"up", "k", "keys.up"},
		{"open", "Enter", "keys.enter"},
		{"pick", "x", "keys.x"},
		{"pick-range", "X", "keys.shift-x"},
		{"bulk", "b", "keys.bulk"},
		{"search", "/", "keys.search"},
		{"help", "?", "keys.help"},
	}},
	{"keys.case", []Shortcut{
		{"fact", "f", "keys.f"},
		{"assign", "a", "keys.a"},
		{"move", "s", "keys.s"},
		{"reply", "r", "keys.r"},
		{"note", "R", "keys.shift-r"},
		{"duplicates", "d", "keys.d"},
		{"evidence", "e", "keys.e"},
		{"people", "p", "keys.p"},
		{"history", "h", "keys.h"},
		{"copy", "y", "keys.y"},
		{"back", "u", "keys.u"},
		{"previous", "[", "keys.previous"},
		{"next", "]", "keys.next"},
	}},
	{"keys.go", []Shortcut{
		{"queue", "g q", "nav.queue"},
		{"import", "g i", "nav.import"},
		{"dashboards", "g d", "nav.dashboards"},
		{"bar", "g b", "nav.bar"},
		{"audit", "g a", "nav.audit"},
		{"admin", "g m", "nav.admin"},
		{"verdict", "g c", "keys.verdict"},
		{"thread", "g t", "keys.thread"},
	}},
}

// shortcuts are those of all groups.
func shortcuts() []Shortcut {
	var all []Shortcut
	for _, g := range ShortcutGroups {
		all = append(all, g.Shortcuts...)
	}
	return all
}

// Chosen gives shortcuts the keys that somebody chose for them. Those of what there no longer is are left out.
func Chosen(keys map[string]string) []ShortcutGroup {
	all := make([]ShortcutGroup, len(ShortcutGroups))
	for i, g := range ShortcutGroups {
		all[i].Name = g.Name
		for _, s := range g.Shortcuts {
			if own, has := keys[s.ID]; has {
				s.Keys = own
			}
			all[i].Shortcuts = append(all[i].Shortcuts, s)
		}
	}
	return all
}

// Shown is how keys are written for people: a capital letter with the key that makes it.
func (s Shortcut) Shown() string {
	if r, n := utf8.DecodeRuneInString(s.Keys); n == len(s.Keys) && unicode.IsUpper(r) {
		return "⇧ " + string(unicode.ToLower(r))
	}
	return s.Keys
}

// Shortcuts are the reader's own keys, for the script: JSON, from the keys that a shortcut has as it comes to those that they
// chose; empty where they chose none.
func (f Frame) Shortcuts() (string, error) {
	own, err := f.Request.Site.Book.Shortcuts(f.Request.Context(), f.Request.Actor)
	if err != nil {
		return "", err
	}
	chosen := map[string]string{}
	for _, s := range shortcuts() {
		if keys, has := own[s.ID]; has && keys != s.Keys {
			chosen[s.Keys] = keys
		}
	}
	if len(chosen) == 0 {
		return "", nil
	}
	data, err := json.Marshal(chosen)
	return string(data), err
}

// ReadShortcuts reads what somebody typed for each shortcut. It returns what differs from how shortcuts come, and by
// shortcut what is wrong: keys that are none, and keys that clash.
func ReadShortcuts(typed func(id string) string) (chosen, wrong map[string]string) {
	chosen, wrong = map[string]string{}, map[string]string{}
	all := shortcuts()
	for i, s := range all {
		all[i].Keys = strings.Join(strings.Fields(typed(s.ID)), " ")
		if all[i].Keys != s.Keys {
			chosen[s.ID] = all[i].Keys
		}
	}
	for _, s := range all {
		if !pressable(s.Keys) {
			wrong[s.ID] = texts.English().T("keys.not-a-key")
		}
		for _, other := range all {
			if wrong[s.ID] == "" && other.ID != s.ID && clash(s.Keys, other.Keys) {
				wrong[s.ID] = texts.English().T("keys.clash", texts.English().T(other.Text))
			}
		}
	}
	return chosen, wrong
}

// pressable says whether keys are none, one that types a character, Enter, or two of these in a row.
func pressable(keys string) bool {
	parts := strings.Fields(keys)
	for _, key := range parts {
		r, n := utf8.DecodeRuneInString(key)
		if key != "Enter" && (n != len(key) || !unicode.IsPrint(r)) {
			return false
		}
	}
	return len(parts) <= 2
}

// clash says whether two shortcuts could both be meant: by the same keys, or one by the first key of the other.
func clash(a, b string) bool {
	return a != "" && b != "" && (a == b || strings.HasPrefix(a, b+" ") || strings.HasPrefix(b, a+" "))
}
