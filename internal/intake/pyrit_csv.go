package intake

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"bugbar/internal/intake/jsonl"
)

// PyRIT's CSV export holds Python literals in its cells.

func sniffPyritCSV(h *head) bool {
	return h.columns("conversation_id", "converted_value", "scores")
}

func readPyritCSV(f *file) error {
	p := newPyRun(f)
	err := f.rows(func(r row) {
		piece := pyPiece{ID: r.get("id"), Conversation: r.get("conversation_id"), Error: r.get("response_error")}
		cells := map[string]any{
			"prompt_target_identifier": &piece.Target, "orchestrator_identifier": &piece.Orchestrator,
			"attack_identifier": &piece.Attack, "targeted_harm_categories": &piece.Harms, "scores": &piece.Scores,
		}
		for _, column := range sortedKeys(cells) {
			if err := decodePython(r.get(column), cells[column]); err != nil {
				f.lose(r.at, "cell "+column+" is no Python literal of the right shape", "the cell as PyRIT writes it")
				return
			}
		}
		p.piece(r.at, piece)
	})
	p.finish()
	return err
}

// decodePython fills v from a Python literal: dict, list, tuple, string, number, True, False, None.
func decodePython(literal string, v any) error {
	if strings.TrimSpace(literal) == "" {
		return nil
	}
	text, err := pythonToJSON(literal)
	if err != nil {
		return err
	}
	return jsonl.Decode(text, v)
}

var errPython = errors.New("no Python literal")

// pythonToJSON rewrites a literal token by token. It does not check the grammar: what is not well
// formed comes out as JSON that does not decode.
func pythonToJSON(s string) ([]byte, error) {
	var out bytes.Buffer
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\'' || c == '"':
			end, err := pythonString(&out, s, i)
			if err != nil {
				return nil, err
			}
			i = end
			continue
		case c == '(':
			out.WriteByte('[')
		case c == ')' || c == ']' || c == '}':
			out.Truncate(len(bytes.TrimRight(out.Bytes(), " ,"))) // as in ('x',)
			out.WriteByte(closingBracket(c))
		case isLetter(c):
			end := i
			for end < len(s) && isLetter(s[end]) {
				end++
			}
			word, ok := pythonWords[s[i:end]]
			if !ok {
				return nil, errPython
			}
			out.WriteString(word)
			i = end
			continue
		default:
			out.WriteByte(c)
		}
		i++
	}
	return out.Bytes(), nil
}

func closingBracket(c byte) byte {
	if c == ')' {
		return ']'
	}
	return c
}

var pythonWords = map[string]string{"True": "true", "False": "false", "None": "null", "nan": "null", "inf": "null", "e": "e", "E": "E"}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

// pythonString rewrites the string that begins at s[i] and returns where it ends.
func pythonString(out *bytes.Buffer, s string, i int) (end int, err error) {
	mark := s[i]
	var value []byte
	for i++; i < len(s); i++ {
		switch {
		case s[i] == mark:
			out.WriteString(jsonString(string(value)))
			return i + 1, nil
		case s[i] == '\\' && i+1 < len(s):
			var n int
			value, n = pythonEscape(value, s[i+1:])
			i += n
		default:
			value = append(value, s[i])
		}
	}
	return i, errPython
}

// pythonEscape appends what follows a backslash and returns how many bytes it took.
func pythonEscape(value []byte, s string) ([]byte, int) {
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]
	if digits > 0 && len(s) > digits {
		if n, err := strconv.ParseUint(s[1:1+digits], 16, 32); err == nil {
			return append(value, string(rune(n))...), 1 + digits
		}
	}
	if i := strings.IndexByte("ntr0", s[0]); i >= 0 {
		return append(value, "\n\t\r\x00"[i]), 1
	}
	return append(value, s[0]), 1
}

func jsonString(s string) string { return canonical(s) }
