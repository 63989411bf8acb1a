package intake

import (
	"bufio"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/textproto"
	"path"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// headerText decodes RFC 2047 words in any charset that browsers know.
func headerText(s string) string {
	words := mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(charset)
		if err != nil {
			return nil, err
		}
		return e.NewDecoder().Reader(r), nil
	}}
	if decoded, err := words.DecodeHeader(s); err == nil {
		s = decoded
	}
	return strings.TrimSpace(utf8Text([]byte(s)))
}

// attachmentName is the last element of a part's file name, whatever path the sender wrote.
func attachmentName(h textproto.MIMEHeader, params map[string]string) string {
	_, disposition, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	name := headerText(firstWord(disposition["filename"], params["name"]))
	if name == "" {
		return ""
	}
	return clip(path.Base(entryName(name)), 200)
}

func transferDecoder(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, &base64Only{bufio.NewReader(r)})
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// base64Only drops everything that is not of the alphabet, as mailers wrap and indent lines.
type base64Only struct{ r *bufio.Reader }

func (b *base64Only) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c, err := b.r.ReadByte()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		if isLetter(c) && c != '_' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' {
			p[n] = c
			n++
		}
	}
	return n, nil
}

// charset decodes a text by the name its part gives; a wrong or missing name falls back to UTF-8 and
// then Windows-1252.
func (m *mailReader) charset(raw []byte, name string) string {
	if name == "" || strings.EqualFold(name, "us-ascii") || strings.EqualFold(name, "utf-8") {
		return utf8Text(raw)
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		m.warn("a charset that is not known; read as UTF-8 or Windows-1252")
		return utf8Text(raw)
	}
	text, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return utf8Text(raw)
	}
	return strings.TrimPrefix(string(text), "\ufeff")
}
