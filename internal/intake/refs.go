package intake

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// A Ref points at attempts of one outcome at one place of a file.
type Ref struct {
	File    string
	At      int // line or element, counted from 1
	Outcome Outcome
	Count   int
}

// Refs keeps where every attempt of a finding stands, in about three bytes per place, so that any
// number can be traced back. Within a file, places are added in ascending order.
type Refs struct {
	files []fileRefs
}

// fileRefs holds, for each place, the distance from the place before (varint) and count*4+outcome
// (varint).
type fileRefs struct {
	name string
	last int
	code []byte
}

func (r *Refs) add(file string, at int, outcome Outcome, count int) {
	if n := len(r.files); n == 0 || r.files[n-1].name != file {
		r.files = append(r.files, fileRefs{name: file})
	}
	f := &r.files[len(r.files)-1]
	f.code = binary.AppendVarint(f.code, int64(at-f.last))
	f.code = binary.AppendUvarint(f.code, uint64(count)<<2|uint64(outcome))
	f.last = at
}

// All yields the references in the order in which they were added.
func (r Refs) All() iter.Seq[Ref] {
	return func(yield func(Ref) bool) {
		for _, f := range r.files {
			at := 0
			for code := f.code; len(code) > 0; {
				step, n := binary.Varint(code)
				packed, m := binary.Uvarint(code[n:])
				code = code[n+m:]
				at += int(step)
				if !yield(Ref{f.name, at, Outcome(packed & 3), int(packed >> 2)}) {
					return
				}
			}
		}
	}
}

// jsonRefs is one file's references: for each outcome the places, such as "3 5x2 9", where 5x2
// stands for two attempts at place 5.
type jsonRefs struct {
	File   string            `json:"file"`
	Places map[string]string `json:"places"`
}

// MarshalJSON writes one object per file. It is written by hand, since a large report has hundreds of
// thousands of places.
func (r Refs) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, f := range r.files {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, `{"file":`...), name...), `,"places":{`...)
		out = append(appendPlaces(out, f), "}}"...)
	}
	return append(out, ']'), nil
}

// appendPlaces writes the members of jsonRefs.Places.
func appendPlaces(out []byte, f fileRefs) []byte {
	var places [len(outcomeNames)][]byte
	for ref := range (Refs{[]fileRefs{f}}).All() {
		places[ref.Outcome] = appendPlace(places[ref.Outcome], ref)
	}
	separator := ""
	for _, o := range [...]Outcome{Error, Failure, Success, Unjudged} { // by their names
		if text := places[o]; len(text) > 0 {
			out = append(out, separator+`"`+o.String()+`":"`...)
			out = append(append(out, text...), '"')
			separator = ","
		}
	}
	return out
}

func appendPlace(b []byte, ref Ref) []byte {
	if len(b) > 0 {
		b = append(b, ' ')
	}
	b = strconv.AppendInt(b, int64(ref.At), 10)
	if ref.Count != 1 {
		b = strconv.AppendInt(append(b, 'x'), int64(ref.Count), 10)
	}
	return b
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Refs) UnmarshalJSON(b []byte) error {
	var in []jsonRefs
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*r = Refs{}
	for _, f := range in {
		refs, err := parsePlaces(f)
		if err != nil {
			return err
		}
		slices.SortStableFunc(refs, func(a, b Ref) int { return a.At - b.At })
		for _, ref := range refs {
			r.add(f.File, ref.At, ref.Outcome, ref.Count)
		}
	}
	return nil
}

func parsePlaces(f jsonRefs) ([]Ref, error) {
	var refs []Ref
	for o, name := range outcomeNames {
		for _, place := range strings.Fields(f.Places[name]) {
			atText, countText, many := strings.Cut(place, "x")
			if !many {
				countText = "1"
			}
			at, err1 := strconv.Atoi(atText)
			count, err2 := strconv.Atoi(countText)
			if err1 != nil || err2 != nil || count < 1 || at < 0 {
				return nil, fmt.Errorf("refs of %q: place %q; want a number such as 17 or 17x5", f.File, place)
			}
			refs = append(refs, Ref{f.File, at, Outcome(o), count})
		}
	}
	return refs, nil
}

// drop forgets the places in one file.
func (r *Refs) drop(file string) {
	r.files = slices.DeleteFunc(r.files, func(f fileRefs) bool { return f.name == file })
}
