package work

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bugbar/bars"
	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/outbound"
)

// BenchmarkSubmissions measures what background work on SQLite costs those who wait: durable submissions without a
// worker, beside one that has nothing to do, and beside one that has a job for each. The three take turns of a few
// submissions, so that whatever else the machine does falls on all of them.
func BenchmarkSubmissions(b *testing.B) {
	for _, clients := range []int{1, 16} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			modes := []string{"alone", "idle", "busy"}
			var books []*casebook.Book
			for _, mode := range modes {
				books = append(books, benchBook(b, mode))
			}
			took := make([]time.Duration, len(modes))
			for i := range b.N {
				for k := range modes {
					at := (i + k) % len(modes)
					took[at] += round(b, books[at], clients)
				}
			}
			for i, mode := range modes[1:] {
				b.ReportMetric(took[i+1].Seconds()/took[0].Seconds(), mode+"/alone")
			}
			b.ReportMetric(float64(b.N*clients*4)/took[0].Seconds(), "reports/s-alone")
		})
	}
}

// round has each client submit four reports.
func round(b *testing.B, book *casebook.Book, clients int) time.Duration {
	rules, err := bars.Load("msrc-ai")
	if err != nil {
		b.Fatal(err)
	}
	s := casebook.Submission{Title: "report", Text: strings.Repeat("It follows what the mail says. ", 60), Source: "api", Bar: rules, Findings: []casebook.Finding{{}}}
	start := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range 4 {
				if _, _, err := book.Submit(context.Background(), casebook.Write{}, s); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

func benchBook(b *testing.B, mode string) *casebook.Book {
	ctx, cancel := context.WithCancel(context.Background())
	dir := b.TempDir()
	book, err := casebook.Open(ctx, filepath.Join(dir, "a.db"), casebook.Options{})
	if err != nil {
		b.Fatal(err)
	}
	blobs, err := blob.Open(ctx, filepath.Join(dir, "files"))
	if err != nil {
		b.Fatal(err)
	}
	var all sync.WaitGroup
	b.Cleanup(func() { cancel(); all.Wait(); _ = book.Close() })
	all.Go(func() { _ = book.Run(ctx) })
	if mode == "alone" {
		return book
	}
	w, err := Open(ctx, Config{Book: book, Blobs: blobs, Calls: outbound.New(outbound.Policy{}, nil), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	if mode == "busy" {
		p, err := book.AddPerson(ctx, sys, "root", []casebook.Role{casebook.Admin}, casebook.Identity{})
		if err != nil {
			b.Fatal(err)
		}
		a, err := p.Actor()
		if err != nil {
			b.Fatal(err)
		}
		hook := casebook.Webhook{URL: "https://192.0.2.1/", Secret: outbound.NewSecret(), Kinds: []string{"received"}} // is refused when it is called
		if _, err := book.AddWebhook(ctx, casebook.Write{Actor: a}, hook); err != nil {
			b.Fatal(err)
		}
	}
	all.Go(func() { _ = w.Run(ctx) })
	return book
}
