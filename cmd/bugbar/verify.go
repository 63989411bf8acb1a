package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

type verifyCmd struct {
	Head   string `help:"A head that bugbar head wrote earlier and that was kept elsewhere." placeholder:"FILE"`
	Format string `help:"text or json." enum:"text,json" default:"text"`
	attachmentsFlag
	casebookFlag
}

// Help is shown by bugbar verify --help.
func (verifyCmd) Help() string {
	return "Holds every event against its hash and the one before it, every table against what the events make of it, and every\n" +
		"attachment against its digest. It changes nothing. Exit code 9 tells that something is not as it was recorded."
}

func (c *verifyCmd) Run(a *app) error {
	return c.withFiles(a, func(b *casebook.Book, check casebook.Check) error {
		shown := newProgress(a)
		check.Progress = shown.counting("events read")
		if c.Head != "" {
			head, err := readHead(a, c.Head)
			if err != nil {
				return err
			}
			check.Head = head
		}
		report, err := b.Verify(a.ctx, check)
		shown.clear()
		if err != nil {
			return err
		}
		return printVerified(a, c.Format, report)
	})
}

// withFiles opens the casebook and its attachments.
func (c *verifyCmd) withFiles(a *app, work func(b *casebook.Book, check casebook.Check) error) error {
	b, err := c.openKept(a.ctx)
	if err != nil {
		return err
	}
	store, err := c.openFiles(a.ctx, c.casebookFlag)
	if err != nil {
		return errors.Join(err, b.Close())
	}
	defer func() { _ = store.Close() }()
	return errors.Join(work(b, casebook.Check{File: casebook.FilesIn(store, nil)}), b.Close())
}

// printVerified shows what verify found; where something is not as it was recorded, its error says so.
func printVerified(a *app, format string, r casebook.Report) error {
	var altered error
	if !r.Whole() {
		altered = fmt.Errorf("%w (%w)", errAltered, errAnswered)
	}
	if format == "json" {
		return errors.Join(printJSON(a, r), altered)
	}
	p := newPage(a.stdout)
	if r.Whole() {
		p.paragraph(0, fmt.Sprintf("All is as it was recorded: %s, %d people, %s, %s.",
			plural(int(r.Cases), "case"), r.People, plural(int(r.Events), "event"), plural(int(r.Files), "attachment")))
	} else {
		p.printf("%s\n", p.strong.Render("NOT AS IT WAS RECORDED"))
		p.paragraph(2, "First: "+triage.Visible(r.Problems[0].String()))
		var lines []string
		for _, problem := range r.Problems[1:] {
			lines = append(lines, problem.String())
		}
		p.lines(lines, len(lines)+int(r.More))
	}
	p.paragraph(0, headText(r.Head))
	return errors.Join(p.err, altered)
}

// headText says how far the ledger goes.
func headText(h casebook.Head) string {
	if h.Seal == 0 {
		return "Nothing is sealed yet."
	}
	return fmt.Sprintf("Seal %d of %s closes %s: %s", h.Seal, when(h.At), plural(int(h.Pos), "event"), h.Hash)
}

// maxHead bounds the file of a head, in bytes.
const maxHead = 64 << 10

func readHead(a *app, name string) (*casebook.Head, error) {
	in, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var h casebook.Head
	data, err := io.ReadAll(io.LimitReader(in, maxHead))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &h); err != nil || h.Seal == 0 || h.Hash == "" {
		return nil, &inputError{name + ": no head of a casebook", "name a file that bugbar head wrote"}
	}
	return &h, nil
}
