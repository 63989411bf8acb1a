// Package web is the pages: where reporters, triagers and everybody else meet the casebook. Each page is a
// folder with its handlers, template and style; package site is what they share.
package web

import (
	"bytes"
	"log/slog"
	"net/http"

	"github.com/klauspost/compress/gzhttp"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/about"
	"bugbar/internal/server/web/account"
	"bugbar/internal/server/web/admin"
	"bugbar/internal/server/web/assets"
	"bugbar/internal/server/web/bulk"
	"bugbar/internal/server/web/casefile"
	"bugbar/internal/server/web/dashboards"
	"bugbar/internal/server/web/queue"
	"bugbar/internal/server/web/reassess"
	"bugbar/internal/server/web/replies"
	"bugbar/internal/server/web/report"
	"bugbar/internal/server/web/rulebook"
	"bugbar/internal/server/web/scans"
	"bugbar/internal/server/web/site"
	"bugbar/internal/work"
)

// Config is what the pages need.
type Config struct {
	Book  *casebook.Book
	Files blob.Store // the attachments
	Auth  *auth.Auth // who asks
	Work  *work.Worker
	URL   string // the public address
	Log   *slog.Logger
}

// page is what each folder offers.
type page struct {
	register  func(*site.Site)
	templates []*site.Template
	style     []byte
}

// pages lists them all.
func pages(c Config) []page {
	return []page{
		{about.Register, about.Templates, about.Style},
		{func(s *site.Site) { account.Register(s, c.Auth) }, account.Templates, nil},
		{func(s *site.Site) { admin.Register(s, c.Auth, c.Work) }, admin.Templates, admin.Style},
		{dashboards.Register, dashboards.Templates, dashboards.Style},
		{func(s *site.Site) { scans.Register(s, c.Files, c.Work) }, scans.Templates, nil},
		{func(s *site.Site) { reassess.Register(s, c.Auth, c.Work) }, reassess.Templates, nil},
		{bulk.Register, bulk.Templates, nil},
		{func(s *site.Site) { report.Register(s, c.Files, c.Auth) }, report.Templates, report.Style},
		{queue.Register, queue.Templates, queue.Style},
		{replies.Register, replies.Templates, replies.Style},
		{rulebook.Register, rulebook.Templates, rulebook.Style},
		{func(s *site.Site) { casefile.Register(s, c.Files) }, casefile.Templates, casefile.Style},
	}
}

// New makes the handler of all pages and assets.
func New(c Config) http.Handler {
	s := site.New(c.Book, c.Auth.AdmitVisitor, c.URL, c.Log)
	var style bytes.Buffer
	for _, p := range pages(c) {
		style.Write(p.style)
		p.register(s)
	}
	s.Assets = assets.New(map[string][]byte{"pages.css": style.Bytes()})
	s.Handle("POST /theme", site.SetTheme)
	return gzhttp.GzipHandler(s)
}

// Routes lists the patterns of all pages and forms, for tests that must not miss one.
func Routes() []string {
	s := site.New(nil, nil, "", nil)
	for _, p := range pages(Config{}) {
		p.register(s)
	}
	return s.Routes
}
