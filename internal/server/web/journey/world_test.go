// Package journey walks through the pages as people do, in a real Chromium against a real server, and attacks
// them. It has tests only, so that nothing else drags in a browser's protocol.
package journey

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/outbound"
	"bugbar/internal/server"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web"
	"bugbar/internal/work"
)

// password is everybody's.
const password = "four words in a row"

// world is a casebook, served.
type world struct {
	*testing.T
	book     *casebook.Book
	url      string
	files    blob.Store
	folder   string
	shots    int
	password string // everybody's
	people   map[string]*casebook.Person
	browsers map[string]*http.Client
}

// serve starts a server with an empty casebook, as bugbar serve does, once what comes before is done.
func serve(t *testing.T, options casebook.Options, before ...func(*world)) *world {
	t.Helper()
	w := &world{T: t, password: password, folder: t.TempDir(), people: map[string]*casebook.Person{}, browsers: map[string]*http.Client{}}
	if err := os.RemoveAll(w.album()); err != nil {
		t.Fatal(err)
	}
	w.book = must[*casebook.Book](w)(casebook.Open(t.Context(), filepath.Join(w.folder, "casebook.db"), options))
	w.files = must[blob.Store](w)(blob.Open(t.Context(), filepath.Join(w.folder, "attachments")))
	for _, do := range before {
		do(w)
	}
	on := must[net.Listener](w)(net.Listen("tcp", "127.0.0.1:0"))
	_, port, _ := net.SplitHostPort(on.Addr().String())
	w.url = "http://localhost:" + port // passkeys need a name
	w.run(on)
	return w
}

// album is where this test leaves its pictures.
func (w *world) album() string { return filepath.Join(artifacts, filepath.FromSlash(w.Name())) }

// run serves until the test ends.
func (w *world) run(on net.Listener) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	address := must[*url.URL](w)(url.Parse(w.url))
	who := must[*auth.Auth](w)(auth.New(auth.Config{Book: w.book, URL: address, Log: log}))
	worker := must[*work.Worker](w)(work.Open(w.Context(), work.Config{Book: w.book, Blobs: w.files, Calls: outbound.New(outbound.Policy{}, nil), Log: log}))
	s := must[*server.Server](w)(server.New(server.Config{
		Book: w.book, Store: w.files, URL: w.url, Auth: who, Pages: web.New(web.Config{Book: w.book, Files: w.files, Auth: who, Work: worker, URL: w.url, Log: log}), Log: log,
	}))
	ctx, stop := context.WithCancel(context.WithoutCancel(w.Context()))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Serve(ctx, on, server.Ending{Grace: time.Second}) })
	group.Go(func() error { return w.book.Run(ctx) })
	group.Go(func() error { return worker.Run(ctx) })
	w.Cleanup(func() {
		stop()
		if err := group.Wait(); err != nil {
			w.Error(err)
		}
		if err := w.book.Close(); err != nil {
			w.Error(err)
		}
	})
}

// must ends a test where something does not work.
func must[V any](w *world) func(V, error) V {
	return func(v V, err error) V {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
		return v
	}
}

// hire makes an account with everybody's password.
func (w *world) hire(handle string, roles ...casebook.Role) casebook.Write {
	w.Helper()
	system := casebook.Write{Actor: casebook.SystemActor}
	p := must[*casebook.Person](w)(w.book.AddPerson(w.Context(), system, handle, roles, casebook.Identity{Name: handle, Email: handle + "@bugbar.example"}))
	if err := w.book.SetPassword(w.Context(), system, p.ID, w.password, ""); err != nil {
		w.Fatal(err)
	}
	w.people[handle] = p
	return casebook.Write{Actor: must[casebook.Actor](w)(p.Actor())}
}

// client is a browser without script: it keeps cookies and follows redirects.
func (w *world) client() *http.Client {
	jar, _ := cookiejar.New(nil) // it has no options that could fail
	return &http.Client{Jar: jar}
}

// signedIn is a browser without script in which somebody has signed in.
func (w *world) signedIn(handle string) *http.Client {
	w.Helper()
	c := w.client()
	answer := must[*http.Response](w)(c.PostForm(w.url+"/sign-in", url.Values{"handle": {handle}, "password": {w.password}, "next": {"/"}}))
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		w.Fatalf("%s cannot sign in: %s", handle, answer.Status)
	}
	return c
}

// get reads a page.
func (w *world) get(c *http.Client, path string) (*http.Response, string) {
	w.Helper()
	return w.read(c.Get(w.url + path))
}

// post sends a form.
func (w *world) post(c *http.Client, path string, form url.Values) (*http.Response, string) {
	w.Helper()
	return w.read(c.PostForm(w.url+path, form))
}

func (w *world) read(answer *http.Response, err error) (*http.Response, string) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	return answer, string(must[[]byte](w)(io.ReadAll(answer.Body)))
}
