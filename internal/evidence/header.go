package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

const (
	magic     = "\x93NUMPY"
	maxHeader = 1 << 16 // bytes; numpy itself warns beyond 10,000
	maxDims   = 8
)

// ErrFormat is wrapped by every error about what a file holds, as against whether it can be opened.
var ErrFormat = errors.New("invalid evidence")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// header is what an npy file says about its array (NumPy enhancement proposal 1, versions 1 to 3).
type header struct {
	shape   []int
	fortran bool
	kind    byte // of NumPy's type: f, i, u or b
	size    int  // bytes of an element
	big     bool // big-endian
}

// elements is the product of the shape, which parseShape has checked.
func (h *header) elements() int {
	n := 1
	for _, d := range h.shape {
		n *= d
	}
	return n
}

func (h *header) bytes() int { return h.elements() * h.size }

// rows is the length of the first axis; a scalar has one row.
func (h *header) rows() int {
	if len(h.shape) == 0 {
		return 1
	}
	return h.shape[0]
}

func readHeader(r io.Reader) (*header, error) {
	var fixed [10]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return nil, invalid("the npy header is cut off")
	}
	if string(fixed[:len(magic)]) != magic {
		return nil, invalid("not an npy array: it does not begin with %q", magic)
	}
	length := int(binary.LittleEndian.Uint16(fixed[8:]))
	switch version := fixed[6]; version {
	case 1:
	case 2, 3: // two more bytes of length
		var more [2]byte
		if _, err := io.ReadFull(r, more[:]); err != nil {
			return nil, invalid("the npy header is cut off")
		}
		length |= int(binary.LittleEndian.Uint16(more[:])) << 16
	default:
		return nil, invalid("npy version %d; versions 1 to 3 are read", version)
	}
	if length > maxHeader {
		return nil, invalid("an npy header of %d bytes; at most %d are read", length, maxHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, invalid("the npy header is cut off")
	}
	return parseHeader(string(text))
}

// NumPy writes the header as a Python dictionary of these three keys.
var (
	dictionary = regexp.MustCompile(`^\s*\{.*\}\s*$`)
	descrKey   = regexp.MustCompile(`['"]descr['"]\s*:\s*(?:'([^']*)'|"([^"]*)"|(\[))`)
	orderKey   = regexp.MustCompile(`['"]fortran_order['"]\s*:\s*(True|False)`)
	shapeKey   = regexp.MustCompile(`['"]shape['"]\s*:\s*\(([0-9L,\s]*)\)`)
	typeString = regexp.MustCompile(`^([<>|=])(f[248]|[iu][1248]|b1)$`)
)

func parseHeader(text string) (*header, error) {
	descr, order := descrKey.FindStringSubmatch(text), orderKey.FindStringSubmatch(text)
	shape := shapeKey.FindStringSubmatch(text)
	if !dictionary.MatchString(text) || descr == nil || order == nil || shape == nil {
		return nil, invalid("an npy header without descr, fortran_order and shape: %.80q", text)
	}
	if descr[3] != "" {
		return nil, invalid("a structured array; save each field as an array of its own")
	}
	h := &header{fortran: order[1] == "True"}
	if err := h.parseType(descr[1] + descr[2]); err != nil {
		return nil, err
	}
	return h, h.parseShape(shape[1])
}

// parseType understands NumPy's type strings, such as "<f8": byte order, kind, bytes.
func (h *header) parseType(descr string) error {
	known := typeString.FindStringSubmatch(descr)
	switch {
	case strings.Contains(descr, "O"):
		return invalid("an array of pickled Python objects, which is never read; save numbers or booleans")
	case known == nil:
		return invalid("elements of type %.20q; f2, f4, f8, integers and booleans are read", descr)
	}
	h.big = known[1] == ">"
	h.kind, h.size = known[2][0], int(known[2][1]-'0')
	return nil
}

func (h *header) parseShape(text string) error {
	elements := 1
	for field := range strings.SplitSeq(text, ",") {
		field = strings.TrimSuffix(strings.TrimSpace(field), "L")
		if field == "" {
			continue
		}
		d, err := strconv.Atoi(field)
		if err != nil {
			return invalid("a shape of (%.80s)", text)
		}
		switch {
		case d == 0:
			return invalid("a shape of (%.80s), which holds nothing", text)
		case elements > math.MaxInt/16/d:
			return invalid("a shape of (%.80s), more elements than any file holds", text)
		}
		elements *= d
		h.shape = append(h.shape, d)
	}
	if len(h.shape) > maxDims {
		return invalid("an array of %d dimensions; at most %d are read", len(h.shape), maxDims)
	}
	return nil
}
