package casebook

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"bugbar/internal/fault"
)

// MaxFiles bounds the files that one message or report brings.
const MaxFiles = 20

// Attachment is a file of a case.
type Attachment struct {
	File
	Seq        int64  `json:"seq"` // of the event that brought it
	Visibility string `json:"visibility"`
}

// CleanName makes a file's name harmless: its last part only, and nothing in it that a terminal or a header
// takes for more than a letter.
func CleanName(name string) string {
	if at := strings.LastIndexAny(name, `/\`); at >= 0 {
		name = name[at+1:]
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != utf8.RuneError && !strings.ContainsRune(`"<>|:*?`, r) {
			return r
		}
		return -1
	}, name)
	name = strings.TrimLeft(strings.TrimSpace(name), ".")
	for utf8.RuneCountInString(name) > MaxName {
		_, size := utf8.DecodeRuneInString(name)
		name = name[size:] // the end, with what says of which kind it is
	}
	if name == "" {
		return "file"
	}
	return name
}

// AddFiles adds attachments whose bytes the store holds already.
func (b *Book) AddFiles(ctx context.Context, w Write, id ID, visibility string, files []File) (*Case, error) {
	right := AddEvidence
	if visibility == ToTeam {
		right = WriteTeam
	}
	switch {
	case visibility != ToReporter && visibility != ToTeam:
		return nil, fault.New(fault.Invalid, "unknown visibility %q", visibility).In("visibility").Do("reporter or team")
	case len(files) == 0 || len(files) > MaxFiles:
		return nil, fault.New(fault.Invalid, "%d files, and 1 to %d are taken at once", len(files), MaxFiles).In("files")
	}
	files = onceEach(files)
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, right, e.c); err != nil {
			return err
		}
		if err := e.record(FilesAdded{Visibility: visibility, Files: files}); err != nil {
			return err
		}
		for _, f := range files {
			e.writeFile(e.c.Version, visibility, f)
		}
		return nil
	})
}

// MayAddFiles says whether an actor may add files to a case, before their bytes are taken in.
func (b *Book) MayAddFiles(ctx context.Context, a Actor, id ID, visibility string) error {
	c, err := b.load(ctx, id)
	if err != nil {
		return err
	}
	if visibility == ToTeam {
		return b.May(a, WriteTeam, c)
	}
	return b.May(a, AddEvidence, c)
}

// Files lists the attachments of a case that the actor may see, from the oldest.
func (b *Book) Files(ctx context.Context, a Actor, id ID) ([]Attachment, error) {
	c, err := b.Case(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return b.files(ctx, a, c, "")
}

// Attachment finds a file of a case by its content, for an actor who wants to open it. A look at one of a case under
// embargo or in quarantine is an event of its own.
func (b *Book) Attachment(ctx context.Context, a Actor, id ID, sha256 string) (File, error) {
	c, err := b.load(ctx, id)
	if err != nil {
		return File{}, err
	}
	if b.May(a, ReadCase, c) != nil && b.May(a, OpenQuarantine, c) != nil {
		return File{}, notThere(id)
	}
	found, err := b.files(ctx, a, c, sha256)
	if err != nil {
		return File{}, err
	}
	if len(found) == 0 {
		return File{}, fault.New(fault.NotFound, "case %s has no such file", id)
	}
	if c.Restricted() && !a.reported(c) {
		_, err = b.look(ctx, a, id, "file")
	}
	return found[0].File, err
}

// files reads the attachments of a case that an actor who may see the case may see; all, or those of one content.
func (b *Book) files(ctx context.Context, a Actor, c *Case, sha256 string) ([]Attachment, error) {
	if c.Quarantined && b.May(a, OpenQuarantine, c) != nil && !a.system {
		return nil, fault.New(fault.Forbidden, "the case is in quarantine").Do("ask a custodian")
	}
	team := a.system || b.May(a, WriteTeam, c) == nil || a.Has(Auditor) || b.May(a, OpenQuarantine, c) == nil
	rows, err := b.db.Reader().QueryContext(ctx, `SELECT seq, sha256, name, type, size, visibility FROM attachments
		WHERE case_id = $1 AND ($2 = '' OR sha256 = $2) AND (visibility = 'reporter' OR $3 = 1) ORDER BY seq, name`, int64(c.ID), sha256, flag(team))
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	all := []Attachment{}
	for rows.Next() {
		var f Attachment
		if err := rows.Scan(&f.Seq, &f.SHA256, &f.Name, &f.Type, &f.Size, &f.Visibility); err != nil {
			return nil, b.db.Trouble(err)
		}
		all = append(all, f)
	}
	return all, b.db.Trouble(rows.Err())
}
