package assess

import (
	"encoding/json"
	"slices"
	"strconv"

	"bugbar/bar"
)

// MarshalJSON writes the verdict with its facts flat, as bugbar reads them: a value, or a list of
// those still possible. Who vouches for each stands beside them under "provenance", "by" and
// "evidence".
func (v Verdict) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// AppendJSON appends what MarshalJSON returns. It is written by hand because batches of facts are
// answered by the million, and reflection would take most of the time.
func (v Verdict) AppendJSON(dst []byte) []byte {
	o := object{append(dst, '{')}
	o.string("bar", v.Bar)
	o.string("edition", v.Edition)
	o.string("outcome", v.Outcome)
	o.string("row", v.Row)
	o.optional("section", v.Section)
	o.strings("possible", v.Possible)
	o.strings("rows", v.Rows)
	v.appendNext(&o)
	o.strings("used", v.Used)
	o.optional("weakest", string(v.Weakest))
	o.strings("considerations", v.Considerations)
	v.appendChanges(&o)
	if v.Overrides != nil {
		o.value("overrides", v.Overrides)
	}
	if v.Adjustment != nil {
		o.value("adjustment", v.Adjustment)
	}
	v.Facts.append(&o)
	return append(o.buf, '}')
}

func (v Verdict) appendNext(o *object) {
	if v.Next == nil {
		o.key("next")
		o.buf = append(o.buf, "null"...)
		return
	}
	o.open("next")
	o.string("point", v.Next.Point)
	o.string("question", v.Next.Question)
	o.strings("values", v.Next.Values)
	o.key("expected")
	o.buf = append(strconv.AppendFloat(o.buf, v.Next.Expected, 'f', -1, 64), '}')
}

func (v Verdict) appendChanges(o *object) {
	o.key("changes")
	o.buf = append(o.buf, '[')
	for i, c := range v.Changes {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = append(o.buf, '{')
		o.string("point", c.Point)
		o.string("from", c.From)
		o.strings("to", c.To)
		o.string("direction", c.Direction)
		o.string("outcome", c.Outcome)
		if c.Possible != nil {
			o.strings("possible", c.Possible)
		}
		o.optional("row", c.Row)
		o.buf = append(o.buf, '}')
	}
	o.buf = append(o.buf, ']')
}

// append writes the facts flat, and who vouches for each. What is unknown is left out.
func (f Facts) append(o *object) {
	points := make([]string, 0, len(f))
	for point, fact := range f {
		if len(fact.Values) > 0 {
			points = append(points, point)
		}
	}
	slices.Sort(points)
	o.open("facts")
	for _, point := range points {
		if values := f[point].Values; len(values) == 1 {
			o.string(point, values[0])
		} else {
			o.strings(point, values)
		}
	}
	o.buf = append(o.buf, '}')
	f.appendColumn(o, "provenance", points, func(fact Fact) string { return string(fact.Provenance) })
	f.appendColumn(o, "by", points, func(fact Fact) string { return fact.By })
	f.appendColumn(o, "evidence", points, func(fact Fact) string { return fact.Evidence })
}

// appendColumn writes one thing that is known of each fact, by point, and nothing where it is not.
func (f Facts) appendColumn(o *object, name string, points []string, of func(Fact) string) {
	before := len(o.buf)
	o.open(name)
	start := len(o.buf)
	for _, point := range points {
		o.optional(point, of(f[point]))
	}
	if len(o.buf) == start && name != "provenance" {
		o.buf = o.buf[:before]
		return
	}
	o.buf = append(o.buf, '}')
}

// object appends the members of a JSON object, commas between them.
type object struct{ buf []byte }

func (o *object) key(name string) {
	if o.buf[len(o.buf)-1] != '{' {
		o.buf = append(o.buf, ',')
	}
	o.buf = append(appendString(o.buf, name), ':')
}

func (o *object) open(name string) {
	o.key(name)
	o.buf = append(o.buf, '{')
}

func (o *object) string(name, value string) {
	o.key(name)
	o.buf = appendString(o.buf, value)
}

func (o *object) optional(name, value string) {
	if value != "" {
		o.string(name, value)
	}
}

func (o *object) strings(name string, list []string) {
	o.key(name)
	o.buf = append(o.buf, '[')
	for i, s := range list {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = appendString(o.buf, s)
	}
	o.buf = append(o.buf, ']')
}

// value writes what is too rare to deserve code of its own. The values given to it always encode.
func (o *object) value(name string, v any) {
	o.key(name)
	text, _ := json.Marshal(v)
	o.buf = append(o.buf, text...)
}

// appendString quotes a string; nearly all are ids, which need no escapes.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, _ := json.Marshal(s)
			return append(dst, text...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

// Resolve gives facts by name for sets, one for each point of a bar, all vouched for alike. A
// point of which nothing is known is left out.
func Resolve(b *bar.Bar, sets []bar.Set, p Provenance) Facts {
	facts := make(Facts, len(sets))
	for i, point := range b.Points {
		if sets[i] != point.All() {
			facts[point.ID] = Fact{Values: point.Names(sets[i]), Provenance: p}
		}
	}
	return facts
}
