package intake

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"path"
	"strings"

	"bugbar/internal/intake/mapping"
)

// Mail (.eml): MIME with any nesting. The first text of a message is the report; forwarded messages are
// reports of their own; attachments are hashed, and read when they are a scanner's output. Delivery
// reports and automatic answers are no reports.

const (
	maxMailDepth = 12
	maxMailParts = 1000
	maxForwarded = 64 << 20 // bytes of the messages within one message

	brokenPart = "a part that ends early: its boundary is missing or its encoding damaged"
)

func sniffMail(h *head) bool {
	block, _, _ := bytes.Cut(bytes.ReplaceAll(h.text, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	known := false
	for i, line := range strings.Split(strings.TrimRight(string(block), "\n"), "\n") {
		name, _, ok := strings.Cut(line, ":")
		if i > 0 && strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			continue
		}
		if !ok || strings.ContainsAny(name, " \t{<#*") {
			return false
		}
		switch strings.ToLower(name) {
		case "from", "received", "return-path", "message-id", "mime-version", "delivered-to":
			known = true
		case "content-type":
			known = known || strings.Contains(line, "multipart/")
		}
	}
	return known
}

func readMail(f *file) error {
	return (&mailReader{file: f}).message(f, "", 0)
}

// mailReader reads one message and what is nested in it.
type mailReader struct {
	*file
	parts     int
	forwarded int64 // bytes of messages within messages
}

// message reads a message; by is the subject of the message that forwarded it.
func (m *mailReader) message(r io.Reader, by string, depth int) error {
	msg, err := mail.ReadMessage(r)
	if err != nil {
		m.lose(0, "a message whose header cannot be read", "lines of the form Name: value")
		return nil
	}
	h := textproto.MIMEHeader(msg.Header)
	if automatic(h) {
		m.count("automatic_messages", 1)
		m.warn("a delivery report or automatic answer; it opens nothing")
		return nil
	}
	subject := clip(headerText(h.Get("Subject")), maxMethod)
	if mapping.Refused("mail", subject) {
		m.refuse(1)
		return nil
	}
	body := &mailBody{}
	if err := m.part(body, h, msg.Body, depth); err != nil {
		return err
	}
	m.reportMessage(h, body, subject, by)
	for _, forwarded := range body.forwarded {
		if err := m.message(bytes.NewReader(forwarded), firstWord(subject, "(no subject)"), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// reportMessage makes the report out of header and text.
func (m *mailReader) reportMessage(h textproto.MIMEHeader, body *mailBody, subject, by string) {
	r := m.plainReport(firstWord(body.text, body.html))
	r.ID = strings.Trim(h.Get("Message-Id"), "<> ")
	r.Title = firstWord(subject, r.Title, "(no subject)")
	r.Reporter = headerText(h.Get("From"))
	r.Received = h.Get("Date")
	r.Attached = body.attached
	r.Claims = append(r.Claims, claims("forwarded in", by, "in reply to", strings.Trim(h.Get("In-Reply-To"), "<> "))...)
	m.report(r)
}

// automatic recognises delivery reports and automatic answers by their header.
func automatic(h textproto.MIMEHeader) bool {
	kind, params, _ := mime.ParseMediaType(h.Get("Content-Type"))
	auto := strings.ToLower(h.Get("Auto-Submitted"))
	switch {
	case kind == "multipart/report", params["report-type"] != "":
		return true
	case auto != "" && auto != "no":
		return true
	}
	return h.Get("X-Autoreply") != "" || strings.EqualFold(h.Get("Precedence"), "auto_reply") || h.Get("Return-Path") == "<>"
}

// mailBody collects the parts of one message.
type mailBody struct {
	text, html string
	attached   []Attachment
	forwarded  [][]byte
}

// part reads one MIME part. Damage of a part is recorded and the rest read.
func (m *mailReader) part(body *mailBody, h textproto.MIMEHeader, r io.Reader, depth int) error {
	if m.parts++; m.parts > maxMailParts || depth > maxMailDepth {
		m.lose(0, "parts nested or numbered beyond the limits", fmt.Sprintf("at most %d parts, %d deep", maxMailParts, maxMailDepth))
		return nil
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil && kind == "" {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		return m.multipart(body, r, params["boundary"], depth)
	}
	decoded := transferDecoder(h.Get("Content-Transfer-Encoding"), r)
	name := attachmentName(h, params)
	disposition, _, _ := strings.Cut(h.Get("Content-Disposition"), ";")
	attached := name != "" || strings.EqualFold(strings.TrimSpace(disposition), "attachment")
	switch {
	case kind == "message/rfc822":
		return m.forward(body, decoded)
	case strings.HasPrefix(kind, "text/") && !attached:
		return m.text(body, kind, params["charset"], decoded)
	}
	return m.attachment(body, firstWord(name, "unnamed"), kind, decoded)
}

func (m *mailReader) multipart(body *mailBody, r io.Reader, boundary string, depth int) error {
	parts := multipart.NewReader(r, boundary)
	for n := 0; ; n++ {
		p, err := m.next(parts)
		if err == io.EOF || n > 0 && errors.Is(err, io.EOF) { // of an end that comes too early, the part that it ends tells
			return nil
		}
		if err != nil {
			if m.ctx.Err() != nil {
				return m.ctx.Err()
			}
			m.lose(0, "a multipart message without its boundary", "what stands before the end is used")
			return nil
		}
		if err := m.part(body, p.Header, p, depth+1); err != nil {
			return err
		}
	}
}

// next is the next part whose header can be read. Where another header is damaged, its part is lost and no other.
func (m *mailReader) next(parts *multipart.Reader) (*multipart.Part, error) {
	for damaged := false; ; {
		p, err := parts.NextRawPart()
		if _, malformed := errors.AsType[textproto.ProtocolError](err); malformed {
			damaged = true
			m.lose(0, "a part whose header cannot be read", "lines of the form Name: value")
		}
		unread := errors.Unwrap(err) == nil || errors.Is(err, bufio.ErrBufferFull) // a line of that part, and not the end of all
		if err == nil || !damaged || !unread || errors.Is(err, io.EOF) {
			return p, err
		}
	}
}

// text keeps the first plain and the first HTML text of a message.
func (m *mailReader) text(body *mailBody, kind, charset string, r io.Reader) error {
	raw, err := m.limited(r, maxText)
	if err != nil {
		return err
	}
	text := m.charset(raw, charset)
	switch {
	case kind == "text/html" && body.html == "":
		var hidden int
		if body.html, hidden = htmlText(text); hidden > 0 {
			m.warn("the HTML hides %d pieces of text from the eye; they are marked in the text", hidden)
		}
	case kind != "text/html" && body.text == "":
		body.text = text
	}
	return nil
}

// limited reads at most n bytes; what follows, and damage of the encoding, is recorded.
func (m *mailReader) limited(r io.Reader, n int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, n+1))
	if m.ctx.Err() != nil {
		return nil, m.ctx.Err()
	}
	if err != nil {
		m.lose(0, brokenPart, "what stands before the damage is used")
	}
	if int64(len(raw)) > n {
		m.lose(0, fmt.Sprintf("the rest of a part above %d MiB", n>>20), "")
		raw = raw[:n]
	}
	return raw, nil
}

func (m *mailReader) forward(body *mailBody, r io.Reader) error {
	raw, err := m.limited(r, maxForwarded-m.forwarded)
	m.forwarded += int64(len(raw))
	if err == nil {
		body.forwarded = append(body.forwarded, raw)
	}
	return err
}

// attachment hashes a file, and reads it when it is a scanner's output or an archive.
func (m *mailReader) attachment(body *mailBody, name, kind string, r io.Reader) error {
	sum, size := sha256.New(), new(byteCount)
	into := []io.Writer{sum, size}
	if m.opts.Keep != nil {
		kept, err := m.opts.Keep(name, kind)
		if err != nil {
			return err
		}
		if kept != nil {
			into = append(into, kept)
		}
	}
	tee := io.TeeReader(r, io.MultiWriter(into...))
	body.attached = append(body.attached, Attachment{Name: name, Type: kind})
	if err := m.from.attachment(path.Join(m.name, name), tee); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, tee); err != nil {
		m.lose(0, brokenPart, "what stands before the damage is used")
	}
	last := &body.attached[len(body.attached)-1]
	last.Size, last.SHA256 = int64(*size), hex.EncodeToString(sum.Sum(nil))
	return nil
}

type byteCount int64

func (n *byteCount) Write(p []byte) (int, error) {
	*n += byteCount(len(p))
	return len(p), nil
}
