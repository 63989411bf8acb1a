package casebook

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// Check says what Verify takes into account beside the database.
type Check struct {
	// Head is one that was kept outside; nil where there is none.
	Head *Head
	// File says whether the attachment store still holds the bytes with this SHA-256; nil where it is not asked.
	File func(ctx context.Context, sha256 string) error
	// Progress is told how many events were read; it may be nil.
	Progress func(events int64)
}

// Report is what Verify found.
type Report struct {
	Events  int64 `json:"events"`
	Waiting int64 `json:"waiting"` // of these, not yet in the ledger
	Cases   int64 `json:"cases"`
	People  int64 `json:"people"`
	Files   int64 `json:"files"` // attachments whose bytes were checked
	Head    Head  `json:"head"`
	// Problems are the first that were found, those of events first, in the order of the ledger.
	Problems []Problem `json:"problems"`
	More     int64     `json:"more,omitempty"` // problems beyond those
}

// Whole says that everything is as it was recorded.
func (r Report) Whole() bool { return len(r.Problems) == 0 }

// Problem is something that is not as it was recorded.
type Problem struct {
	Table  string `json:"table"`
	Stream ID     `json:"stream,omitempty"` // the case or person; 0 for the casebook itself
	Seq    int64  `json:"seq,omitempty"`    // of the event
	Pos    int64  `json:"pos,omitempty"`    // its place in the ledger
	What   string `json:"what"`
}

func (p Problem) String() string {
	where := p.Table
	if p.Stream != 0 {
		where += " of " + p.Stream.String()
	}
	if p.Seq != 0 {
		where += fmt.Sprintf(", event %d", p.Seq)
	}
	if p.Pos != 0 {
		where += fmt.Sprintf(" (place %d)", p.Pos)
	}
	return where + ": " + p.What
}

// maxProblems bounds what a report lists.
const maxProblems = 1000

// verifier holds one state of the database against what its events say.
type verifier struct {
	*Book
	ctx      context.Context
	tx       *sql.Tx
	check    Check
	report   *Report
	settings map[string]SettingSet // what the events make of the table
	hooks    map[ID]HookSet        // likewise
	replies  map[string]ReplySet   // likewise
	vouched  map[string]ID         // digests of credentials, and whose they are
}

// Verify reads the whole casebook, as it is at one moment, and holds it against its events: each event against
// its hash, each chain, the ledger and its seals, and every table against what the events make of it. It
// changes nothing, and its memory does not grow with the casebook. The error is for what kept it from reading.
func (b *Book) Verify(ctx context.Context, check Check) (Report, error) {
	report := Report{Problems: []Problem{}}
	err := b.db.Snapshot(ctx, func(tx *sql.Tx) error {
		v := &verifier{Book: b, ctx: ctx, tx: tx, check: check, report: &report, settings: map[string]SettingSet{}, hooks: map[ID]HookSet{}, replies: map[string]ReplySet{}, vouched: map[string]ID{}}
		for _, t := range tables {
			if t.check == nil {
				continue
			}
			if err := t.check(v); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		return nil
	})
	slices.SortStableFunc(report.Problems, byPlace)
	return report, b.db.Trouble(err)
}

// byPlace orders problems of events before others, and those by their place; what waits for a place comes last.
func byPlace(p, q Problem) int {
	rank := func(p Problem) int64 {
		switch {
		case p.Pos != 0:
			return p.Pos
		case p.Table == "events":
			return 1 << 60
		}
		return 1<<60 + 1
	}
	return int(min(1, max(-1, rank(p)-rank(q))))
}

func (v *verifier) problem(table string, stream ID, seq, pos int64, format string, args ...any) {
	if len(v.report.Problems) == maxProblems {
		v.report.More++
		return
	}
	v.report.Problems = append(v.report.Problems, Problem{Table: table, Stream: stream, Seq: seq, Pos: pos, What: fmt.Sprintf(format, args...)})
}

// each runs a query whose rows are not needed again.
func (v *verifier) each(query string, args []any, row func(rows *sql.Rows) error) error {
	rows, err := v.tx.QueryContext(v.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// table is one of the schema, and how it is verified: by a check of its own, or within that of another.
type table struct {
	name  string
	how   string
	check func(*verifier) error
}

// tables are all of the casebook's own, in the order in which they are checked: what the events say has to be known
// first. A test reads the schema and finds each table here.
var tables = []table{
	{"events", "Each against its hash, the event before it, and its place; what was written against the digest in it.", (*verifier).history},
	{"cases", "Every column against the replay of the case's events.", nil},
	{"access", "Against the people of the replayed case.", nil},
	{"assessments", "Against the events that record a verdict.", nil},
	{"attachments", "Against the events that name files; their bytes against their SHA-256 where the store is given.", (*verifier).files},
	{"people", "Every column against the replay of the person's events, and the identity against its digest.", nil},
	{"seals", "Against the events that they close, the seal before, and a head that was kept outside.", (*verifier).ledger},
	{"report_keys", "Against the digest in the event that opened the case.", (*verifier).reportKeys},
	{"settings", "Against the events of the casebook; secret ones by a digest.", (*verifier).settingRows},
	{"credentials", "Against the digests in the events of their owner.", (*verifier).credentials},
	{"answers", "They lead to a case or person that exists. They speed up a repeated request, prove nothing, and are forgotten after a time.", (*verifier).answers},
	{"listing", "Made anew from each case, its people and texts, and compared, words included.", (*verifier).listing},
	{"listing_named", "Likewise.", nil},
	{"tallies", "Counted anew from the cases.", nil},
	{"search", "It holds the cases that it should hold. Their words are held against listing, from which they follow; bugbar reindex makes it anew.", nil},
	{"search_kept", "Likewise.", nil},
	{"epochs", "Where the searches on PostgreSQL begin; bugbar reindex makes them anew.", nil},
	{"schema_version", "Against the steps that the program knows, when the casebook is opened.", nil},
	{"statistics", "Counts for dashboards, made of events as they settle; no case rests on them.", nil},
	{"views", "What people keep for themselves; no case rests on it.", nil},
	{"visits", "Likewise.", nil},
	{"drafts", "Likewise: unsent, it is nobody's history. What is sent is an event.", nil},
	{"shortcuts", "Likewise.", nil},
	{"presence", "Who has a case open, for a minute; no history.", nil},
	{"scanned", "Nothing depends on it but which case the next import of a scan finds; the case's own events tell what was imported.", nil},
	{"mails", "Nothing depends on it but whether a mail is taken for a new one; what came of it are events.", nil},
	{"webhooks", "Against the events of the casebook, address and secret by a digest.", (*verifier).webhookRows},
	{"replies", "Against the events of the casebook, word for word.", (*verifier).replyRows},
	{"deliveries", "A record of attempts, forgotten after a time.", nil},
	{"cursors", "How far the followers of the ledger have come.", nil},
	{"tasks", "Work under way; what came of it are events.", nil},
}
