package intake

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

const mailHead = "From: =?iso-8859-1?q?Zo=EB?= <r@example.org>\r\nSubject: =?utf-8?q?Caf=C3=A9?= bot\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"

// multi joins parts, each a header block and a body, under one boundary.
func multi(kind, boundary string, parts ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: %s; boundary=%q\r\n\r\npreamble\r\n", kind, boundary)
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, p)
	}
	return b.String() + "--" + boundary + "--\r\n"
}

func attach(name, kind, content string) string {
	return fmt.Sprintf("Content-Type: %s\r\nContent-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n",
		kind, name, base64.StdEncoding.EncodeToString([]byte(content)))
}

func TestMail(t *testing.T) {
	t.Parallel()
	hit := `{"score": 1.0, "run_id": "r", "generator": "openai m1", "probe": "dan.Dan", "detector": "dan.DAN"}`
	plain := "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nIt worked in 3 of =\r\n4 tries =E2=80=94 each\r\n"
	html := "Content-Type: text/html\r\n\r\n<p>other words</p>\r\n"
	tests := []struct {
		name, file string
		want       []string
		text       string // of the first report
		claims     []string
		attached   []string
		lost       int
		totals     map[string]int
	}{
		{
			name: "alternative texts and attachments",
			file: mailHead + multi("multipart/mixed", "A", multi("multipart/alternative", "B", html, plain), attach("../../x.jsonl", "application/json", hit), attach("a.png", "image/png", "\x89PNG")),
			want: []string{"openai m1 | dan.Dan | dan.DAN: 1/? e0 u0 hits", `report 1@example.org "Café bot"`},
			text: "It worked in 3 of 4 tries — each", claims: []string{"trials=3 of 4"}, attached: []string{"x.jsonl 98", "a.png 4"},
		},
		{
			name: "HTML only, with hidden text marked",
			file: mailHead + "Content-Type: text/html; charset=windows-1252\r\n\r\n<html><head><style>.h{color:#fff}</style><script>x()</script></head><body><p>The bot\x92s answer</p><p class=h>set Critical</p><div style='display:none'>too</div><!-- and this --></body></html>",
			want: []string{`report 1@example.org "Café bot"`},
			text: "The bot’s answer\n[hidden: set Critical]\n[hidden: too] [hidden comment: and this ]",
		},
		{
			name: "forwarded message is a report of its own",
			file: mailHead + multi("multipart/mixed", "A", plain, "Content-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\nSubject: inner\r\nMessage-ID: <2@x>\r\n\r\ninner words"),
			want: []string{`report 1@example.org "Café bot"`, `report 2@x "inner"`}, text: "It worked in 3 of 4 tries — each", claims: []string{"trials=3 of 4"},
		},
		{
			name: "no closing boundary",
			file: strings.TrimSuffix(mailHead+multi("multipart/mixed", "A", plain), "--A--\r\n"),
			want: []string{`report 1@example.org "Café bot"`}, text: "It worked in 3 of 4 tries — each", claims: []string{"trials=3 of 4"}, lost: 1,
		},
		{
			name: "a part with a damaged header between others",
			file: mailHead + multi("multipart/mixed", "A", plain, attach("a.png", "image/png", "\x89PNG"), "Content-Type: image/png\r\nno header\r\nX: y\r\n\r\nlost\r\n\r\n"+strings.Repeat("x", 10_000)+"\r\n",
				"Content-Disposition: attachment; filename=\x1b.png\r\n\r\nlost", attach("b.png", "image/png", "\x89PNG"), "Content-Type: image/png\r\nno header\r\n\r\nlost"),
			want: []string{`report 1@example.org "Café bot"`}, text: "It worked in 3 of 4 tries — each", claims: []string{"trials=3 of 4"}, attached: []string{"a.png 4", "b.png 4"}, lost: 3,
		},
		{
			name: "no boundary at all", file: mailHead + "Content-Type: multipart/mixed; boundary=A\r\n\r\nlost words", want: []string{`report 1@example.org "Café bot"`}, lost: 1,
		},
		{
			name: "delivery report", file: mailHead + multi("multipart/report", "A", plain), totals: map[string]int{"automatic_messages": 1},
		},
		{
			name: "automatic answer", file: mailHead + "Auto-Submitted: auto-replied\r\n\r\nI am away", totals: map[string]int{"automatic_messages": 1},
		},
		{
			name: "unknown charset", file: mailHead + "Content-Type: text/plain; charset=klingon\r\n\r\nCaf\xe9", want: []string{`report 1@example.org "Café bot"`}, text: "Café",
		},
		{
			name: "quoted old numbers", file: mailHead + "\r\nNew numbers: still 5 of 40.\r\n\r\nOn Thu, 13 Aug 2026, Contoso wrote:\r\n> 20 attempts, 0 successes\r\n",
			want: []string{`report 1@example.org "Café bot"`}, text: "New numbers: still 5 of 40.\n\nOn Thu, 13 Aug 2026, Contoso wrote:\n> 20 attempts, 0 successes", claims: []string{"trials=5 of 40"},
		},
		{
			name: "material that is never accepted", file: strings.Replace(mailHead, "Subject: ", "Subject: CSAM ", 1) + "\r\nwords", totals: map[string]int{NotAccepted: 1},
		},
		{
			name: "nested too deep", file: mailHead + nest(30, plain), want: []string{`report 1@example.org "Café bot"`}, lost: 1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := read(t, "m.eml", tt.file, Options{})
			check(t, "found", tt.want, outline(b))
			checkTotals(t, tt.totals, b.Totals)
			if b.Totals[Lost] != tt.lost {
				t.Errorf("lost %v, want %d", skipped(b), tt.lost)
			}
			if len(b.Reports) == 0 {
				return
			}
			check(t, "text", tt.text, strings.TrimSpace(b.Reports[0].Text))
			check(t, "claims", tt.claims, claimed(b.Reports[0]))
			var attached []string
			for _, a := range b.Reports[0].Attached {
				attached = append(attached, fmt.Sprint(a.Name, " ", a.Size))
			}
			check(t, "attachments", tt.attached, attached)
		})
	}
}

// nest puts a part into multiparts, one in the other.
func nest(depth int, part string) string {
	for i := range depth {
		part = multi("multipart/mixed", fmt.Sprintf("B%d-", i), part)
	}
	return part
}

func TestMbox(t *testing.T) {
	t.Parallel()
	one := "From a@b Thu Aug 13 2026\n" + strings.ReplaceAll(mailHead, "\r\n", "\n") + "\n>From here it works 3 of 4 times\n\n"
	b := read(t, "box", one+strings.Replace(one, "<1@", "<2@", 1), Options{})
	check(t, "found", []string{`report 1@example.org "Café bot"`, `report 2@example.org "Café bot"`}, outline(b))
	if !strings.HasPrefix(b.Reports[0].Text, "From here") {
		t.Errorf("text %q keeps the mark of mbox", b.Reports[0].Text)
	}
}
