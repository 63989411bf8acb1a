package jsonl

import (
	"bytes"
	"fmt"
)

// Members calls each for every member of the object obj, in order, with the key as written
// (without quotes, escapes untouched) and the value's bytes. It stops early when each returns
// false; otherwise the whole object has been checked for balance when it returns nil.
func Members(obj []byte, each func(key, value []byte) bool) error {
	i := space(obj, 0)
	if i >= len(obj) || obj[i] != '{' {
		return fmt.Errorf("want an object")
	}
	return sequence(obj, i, '}', func(b []byte, i int) (int, bool, error) {
		key, i, err := memberKey(b, i)
		if err != nil {
			return i, false, err
		}
		end, err := skip(b, i)
		if err != nil {
			return end, false, err
		}
		return end, each(key, b[i:end]), nil
	})
}

// Elements calls each for every element of the array arr, as Members does for an object.
func Elements(arr []byte, each func(value []byte) bool) error {
	i := space(arr, 0)
	if i >= len(arr) || arr[i] != '[' {
		return fmt.Errorf("want an array")
	}
	return sequence(arr, i, ']', func(b []byte, i int) (int, bool, error) {
		end, err := skip(b, i)
		if err != nil {
			return end, false, err
		}
		return end, each(b[i:end]), nil
	})
}

// sequence walks the comma-separated items between the bracket at b[i] and its partner.
func sequence(b []byte, i int, closing byte, item func(b []byte, i int) (int, bool, error)) error {
	if i = space(b, i+1); i < len(b) && b[i] == closing {
		return trailing(b, i+1)
	}
	for {
		end, more, err := item(b, space(b, i))
		if err != nil || !more {
			return err
		}
		i = space(b, end)
		switch {
		case i >= len(b):
			return ErrCut
		case b[i] == closing:
			return trailing(b, i+1)
		case b[i] != ',':
			return fmt.Errorf("byte %d: %q where a comma or %q belongs", i, b[i], closing)
		}
		i++
	}
}

// trailing refuses anything but space after the value, such as a second record on the same line.
func trailing(b []byte, i int) error {
	if i = space(b, i); i < len(b) {
		return fmt.Errorf("byte %d: more text after the end of the value", i)
	}
	return nil
}

// memberKey reads `"key" :` at b[i] and returns where the value starts.
func memberKey(b []byte, i int) (key []byte, value int, err error) {
	if i >= len(b) {
		return nil, i, ErrCut
	}
	if b[i] != '"' {
		return nil, i, fmt.Errorf("byte %d: %q where a key belongs", i, b[i])
	}
	end, err := skipString(b, i)
	if err != nil {
		return nil, end, err
	}
	colon := space(b, end)
	if colon >= len(b) {
		return nil, colon, ErrCut
	}
	if b[colon] != ':' {
		return nil, colon, fmt.Errorf("byte %d: %q where a colon belongs", colon, b[colon])
	}
	return b[i+1 : end-1], space(b, colon+1), nil
}

// skip returns the index after the value that starts at b[i].
func skip(b []byte, i int) (int, error) {
	if i >= len(b) {
		return i, ErrCut
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	end := i
	for end < len(b) && class[b[end]] == scalar {
		end++
	}
	if end == i {
		return i, fmt.Errorf("byte %d: %q where a value belongs", i, b[i])
	}
	return end, nil
}

// skipString returns the index after the closing quote of the string at b[i].
func skipString(b []byte, i int) (int, error) {
	for from := i + 1; ; {
		n := bytes.IndexByte(b[from:], '"')
		if n < 0 {
			return len(b), ErrCut
		}
		quote := from + n
		back := quote - 1
		for b[back] == '\\' { // the opening quote ends the run
			back--
		}
		if (quote-back)%2 == 1 {
			return quote + 1, nil
		}
		from = quote + 1
	}
}

// skipNested returns the index after the bracket that closes the one at b[i].
func skipNested(b []byte, i int) (int, error) {
	if i+1 < len(b) && class[b[i+1]] != closing { // the many empty ones are faster by bytes
		if end := skipBlocks(b, i); end > 0 {
			return end, nil
		}
	}
	return skipBytes(b, i)
}

// skipBytes is skipNested byte by byte, for the exact place of what is wrong. The kinds of the open
// brackets stand in a bit set, so that "[}" is refused without a stack that grows.
func skipBytes(b []byte, i int) (int, error) {
	var kinds [MaxDepth / 64]uint64
	depth := 0
	for i < len(b) {
		switch class[b[i]] {
		case quote:
			end, err := skipString(b, i)
			if err != nil {
				return end, err
			}
			i = end
			continue
		case opening:
			if depth == MaxDepth {
				return i, ErrTooDeep
			}
			kinds[depth/64] &^= 1 << (depth % 64)
			kinds[depth/64] |= uint64(b[i]>>5&1) << (depth % 64) // '{' is 0x7b, '[' is 0x5b
			depth++
		case closing:
			depth--
			if uint64(b[i]>>5&1) != kinds[depth/64]>>(depth%64)&1 {
				return i, fmt.Errorf("byte %d: %q closes the wrong bracket", i, b[i])
			}
			if depth == 0 {
				return i + 1, nil
			}
		}
		i++
	}
	return i, ErrCut
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// What a byte means outside a string.
const (
	scalar = iota
	blank
	quote
	opening
	closing
)

// class holds one of the meanings above for every byte; comma and colon end a scalar as space does.
var class = [256]uint8{
	' ': blank, '\n': blank, '\r': blank, '\t': blank, ',': blank, ':': blank,
	'"': quote, '{': opening, '[': opening, '}': closing, ']': closing,
}
