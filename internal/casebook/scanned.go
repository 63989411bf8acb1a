package casebook

import (
	"context"
	"encoding/json"

	"bugbar/internal/fault"
	"bugbar/internal/findings"
	"bugbar/internal/intake"
	"bugbar/internal/sqldb"
)

// scanned is which case an entry has, and how often it changed.
type scanned struct {
	n  int64
	of ID
}

// scannedDoc is an entry as it is kept, without what is large and stands in the case.
type scannedDoc struct {
	ID    string          `json:"id"`
	Entry *findings.Entry `json:"entry"`
}

// remember writes what is known of an entry after this import, unless another import was faster.
func remember(e *findings.Entry, before scanned) []sqldb.Stmt {
	kept := *e
	if e.Finding != nil {
		f := *e.Finding
		f.Refs, f.Claims, f.Proposed = intake.Refs{}, nil, nil // large, and in the case where they matter
		kept.Finding = &f
	} else {
		r := *e.Report
		r.Text, r.Claims, r.Proposed, r.Attached = "", nil, nil, nil
		kept.Report = &r
	}
	doc, err := json.Marshal(scannedDoc{e.ID(), &kept})
	if err != nil {
		panic(err) // the values are our own, without channels or NaN
	}
	key, n := digestOf(e.ID()), before.n
	return []sqldb.Stmt{
		sqldb.S("INSERT INTO scanned (key, n, scope, case_id, doc) VALUES ($1, $2, $3, $4, $5)", key, n+1, scopeOf(e), int64(before.of), string(doc)),
		sqldb.S("DELETE FROM scanned WHERE key = $1 AND n <= $2", key, n),
	}
}

// scopeOf is what an entry is looked up by when another run comes.
func scopeOf(e *findings.Entry) string {
	if e.Finding != nil {
		return digestOf("finding\x00" + e.Finding.Tool + "\x00" + e.Finding.Target)
	}
	return digestOf("report\x00" + e.Report.Format)
}

// scanned reads what is known of the tools, targets and formats of a batch.
func (b *Book) scanned(ctx context.Context, batch *intake.Batch) (map[string]*findings.Entry, map[string]scanned, error) {
	scopes := map[string]bool{}
	for i := range batch.Findings {
		scopes[scopeOf(&findings.Entry{Finding: &batch.Findings[i]})] = true
	}
	for i := range batch.Reports {
		scopes[scopeOf(&findings.Entry{Report: &batch.Reports[i]})] = true
	}
	entries, before := map[string]*findings.Entry{}, map[string]scanned{}
	for scope := range scopes {
		if err := b.scannedIn(ctx, scope, entries, before); err != nil {
			return nil, nil, err
		}
	}
	return entries, before, nil
}

func (b *Book) scannedIn(ctx context.Context, scope string, entries map[string]*findings.Entry, before map[string]scanned) error {
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT n, case_id, doc FROM scanned WHERE scope = $1", scope)
	if err != nil {
		return b.db.Trouble(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s scanned
		var text string
		if err := rows.Scan(&s.n, &s.of, &text); err != nil {
			return b.db.Trouble(err)
		}
		var doc scannedDoc
		if err := json.Unmarshal([]byte(text), &doc); err != nil || doc.Entry == nil {
			return fault.New(fault.Internal, "what is known of a scan cannot be read: %w", err)
		}
		entries[doc.ID], before[doc.ID] = doc.Entry, s
	}
	return b.db.Trouble(rows.Err())
}
