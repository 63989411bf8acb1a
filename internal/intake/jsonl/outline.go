package jsonl

const (
	outlineDepth = 4
	outlineText  = 64 // bytes of a string value worth keeping
)

// Outline names what stands in the first value of text, which may be cut anywhere: each member and
// first array element down to four levels, as a path like those of Walk, with the text of short
// strings. It serves to recognise a format and never fails.
func Outline(text []byte) map[string]string {
	o := outliner{text: text, found: map[string]string{}}
	o.value("", space(text, 0), 0)
	return o.found
}

// Closed reports whether text is one value whose brackets and quotes are closed.
func Closed(text []byte) bool {
	end, err := skip(text, space(text, 0))
	return err == nil && space(text, end) == len(text)
}

type outliner struct {
	text  []byte
	found map[string]string
}

// value notes the value at i and returns where it ends, or a negative number when the text ends or
// is damaged before that.
func (o *outliner) value(path string, i, depth int) int {
	if i >= len(o.text) {
		return -1
	}
	switch {
	case o.text[i] == '{' && depth < outlineDepth:
		return o.object(path, i, depth)
	case o.text[i] == '[' && depth < outlineDepth:
		return o.array(path, i, depth)
	}
	end, err := skip(o.text, i)
	if err != nil {
		return -1
	}
	if s, ok := String(o.text[i:end]); ok && len(s) <= outlineText {
		o.found[path] = s
	}
	return end
}

func (o *outliner) object(path string, i, depth int) int {
	for i = space(o.text, i+1); i < len(o.text) && o.text[i] != '}'; {
		key, start, err := memberKey(o.text, i)
		if err != nil {
			return -1
		}
		member := join(path, string(key))
		o.found[member] = ""
		end := o.value(member, start, depth+1)
		if end < 0 {
			return -1
		}
		if i = space(o.text, end); i < len(o.text) && o.text[i] == ',' {
			i = space(o.text, i+1)
		}
	}
	return i + 1
}

// array outlines the first element and skips the others.
func (o *outliner) array(path string, i, depth int) int {
	end, err := skip(o.text, i)
	if first := space(o.text, i+1); first < len(o.text) && o.text[first] != ']' {
		o.found[path+"[]"] = ""
		if o.value(path+"[]", first, depth+1) < 0 {
			return -1
		}
	}
	if err != nil {
		return -1
	}
	return end
}
