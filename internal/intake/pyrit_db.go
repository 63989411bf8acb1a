package intake

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// PyRIT's memory database, SQLite from 0.10 on. Columns come and go with its migrations, so each is
// asked for by name and may be missing. Up to 0.9 the database is DuckDB, which cannot be read here.

func sniffSQLite(h *head) bool { return strings.HasPrefix(string(h.text), "SQLite format 3\x00") }

func sniffDuckDB(h *head) bool { return len(h.text) > 12 && string(h.text[8:12]) == "DUCK" }

func readDuckDB(f *file) error {
	f.lose(0, "a DuckDB database", "export the conversations as JSON with PyRIT, or open it with PyRIT 0.10 or later, which uses SQLite")
	return nil
}

const (
	maxRows = 5_000_000
	maxBlob = 4 << 20 // bytes of one column's value
)

// pyDB is an open database and the columns of its tables.
type pyDB struct {
	*pyRun
	db      *sql.DB
	columns map[string]map[string]bool
}

func readPyritDB(f *file) error {
	archive, done, err := f.from.spool(f, f.disk)
	if err != nil {
		return err
	}
	defer done()
	db, err := sql.Open("sqlite", readOnly(archive.Name()))
	if err != nil {
		return err
	}
	defer db.Close()
	p := &pyDB{pyRun: newPyRun(f), db: db, columns: map[string]map[string]bool{}}
	if err := p.schema(f.ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	switch {
	case p.columns["AttackResultEntries"] != nil:
		err = p.results(f.ctx)
	case p.columns["PromptMemoryEntries"] != nil && p.columns["ScoreEntries"] != nil:
		err = p.pieces(f.ctx)
	default:
		f.lose(0, "a database without PyRIT's tables", "PyRIT's memory database, pyrit.db")
	}
	p.finish()
	if err == nil && p.columns["FindingEntries"] != nil {
		err = p.reports(f.ctx)
	}
	return err
}

// readOnly opens the file without writing, journals or trust in what its schema would run.
func readOnly(path string) string {
	u := url.URL{Scheme: "file", Opaque: url.PathEscape(path)}
	u.RawQuery = "mode=ro&immutable=1&_pragma=query_only(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)&_pragma=hard_heap_limit(134217728)"
	return u.String()
}

// schema notes the columns of real tables; views of the same names are not looked at.
func (p *pyDB) schema(ctx context.Context) error {
	return p.query(ctx, `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`, 2, func(r []string) {
		if p.columns[r[0]] == nil {
			p.columns[r[0]] = map[string]bool{}
		}
		p.columns[r[0]][r[1]] = true
	})
}

// column names a column of a table, or an empty text when this version has none.
func (p *pyDB) column(table, name string) string {
	if p.columns[table][name] {
		return fmt.Sprintf("coalesce(substr(CAST(%s.%s AS TEXT), 1, %d), '')", table, name, maxBlob)
	}
	return "''"
}

// query runs a SELECT of n texts.
func (p *pyDB) query(ctx context.Context, text string, n int, each func([]string)) error {
	rows, err := p.db.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]string, n)
	into := make([]any, n)
	for i := range values {
		into[i] = &values[i]
	}
	for count := 0; rows.Next() && count < maxRows; count++ {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		each(values)
	}
	return rows.Err()
}

// results reads one trial per attack result.
func (p *pyDB) results(ctx context.Context) error {
	const table = "AttackResultEntries"
	join, target, scorer := "", "''", "''"
	if p.columns["Conversations"]["target_identifier"] && p.columns[table]["conversation_id"] {
		join += " LEFT JOIN Conversations ON Conversations.conversation_id = AttackResultEntries.conversation_id"
		target = p.column("Conversations", "target_identifier")
	}
	if p.columns["ScoreEntries"]["id"] && p.columns[table]["last_score_id"] {
		join += " LEFT JOIN ScoreEntries ON ScoreEntries.id = AttackResultEntries.last_score_id"
		scorer = p.column("ScoreEntries", "scorer_class_identifier")
	}
	text := fmt.Sprintf("SELECT %s.rowid, %s, %s, %s, %s, %s, %s, %s FROM %s%s ORDER BY %s.rowid", table,
		p.column(table, "objective"), p.column(table, "outcome"), p.column(table, "atomic_attack_identifier"),
		p.column(table, "attack_identifier"), p.column(table, "targeted_harm_categories"), target, scorer, table, join, table)
	return p.query(ctx, text, 8, func(r []string) { p.result(rowNumber(r[0]), r[1], r[2], r[3:]) })
}

func rowNumber(s string) int {
	if n := cellNumber(s); n != nil {
		return int(*n)
	}
	return 0
}

// result takes one attack result; rest holds the identifiers of the attack (two versions), the harm
// categories, the target and the scorer, each as JSON.
func (p *pyDB) result(at int, objective, outcome string, rest []string) {
	p.count("attack_results", 1)
	var harms list
	var atomic, attack, target, scorer pyIdentifier
	p.identifiers(at, rest, &atomic, &attack, &harms, &target, &scorer)
	if mapping.Refused("pyrit", append(harms, objective)...) {
		p.refuse(1)
		return
	}
	if atomic.Inner.Attack != nil {
		attack = *atomic.Inner.Attack
	}
	key := Key{Tool: "pyrit", Target: orWord(target.target(), p.opts.Target), Method: clip(objective, maxMethod), Strategy: orWord(attack.class(), atomic.class())}
	if p.opts.Judge != "" && p.opts.Judge != scorer.class() {
		return
	}
	group := p.outcome(at, key, outcome)
	if group == nil {
		return
	}
	group.claim("scorer", scorer.class())
	group.harms(harms)
}

// pieces reads scores of conversations, for databases before attack results were kept.
func (p *pyDB) pieces(ctx context.Context) error {
	const m, s = "PromptMemoryEntries", "ScoreEntries"
	query := fmt.Sprintf(`SELECT %s.rowid, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s FROM %s LEFT JOIN %s ON %s.prompt_request_response_id = %s.id ORDER BY %s.rowid`, m,
		p.column(m, "conversation_id"), p.column(m, "response_error"), p.column(s, "score_value"), p.column(s, "score_type"), p.column(s, "task"), p.column(s, "objective"),
		p.column(m, "prompt_target_identifier"), p.column(m, "orchestrator_identifier"), p.column(s, "score_category"), p.column(s, "scorer_class_identifier"), m, s, s, m, m)
	return p.query(ctx, query, 11, func(r []string) {
		piece := pyPiece{Conversation: r[1], Error: r[2]}
		score := pyScore{Value: text(r[3]), Type: r[4], Task: r[5], Objective: r[6]}
		if category := r[9]; category != "" && category[0] != '[' && category != "null" {
			score.Category, r[9] = list{category}, "" // a word, before it was a list
		}
		p.identifiers(rowNumber(r[0]), r[7:], &piece.Target, &piece.Orchestrator, &score.Category, &score.Scorer)
		if score.Type != "" {
			piece.Scores = []pyScore{score}
		}
		p.piece(rowNumber(r[0]), piece)
	})
}

// identifiers decodes columns that hold JSON.
func (p *pyDB) identifiers(at int, columns []string, into ...any) {
	for i, v := range into {
		if columns[i] != "" && jsonl.Decode([]byte(columns[i]), v) != nil {
			p.lose(at, "a column that should hold JSON does not", "the row as PyRIT writes it")
		}
	}
}

// reports reads the findings that a person wrote down in the newest versions; their severities are
// the bar's words, and claims all the same.
func (p *pyDB) reports(ctx context.Context) error {
	const table = "FindingEntries"
	text := fmt.Sprintf("SELECT rowid, %s, %s, %s, %s, %s, %s FROM %s ORDER BY rowid", p.column(table, "id"), p.column(table, "title"),
		p.column(table, "description"), p.column(table, "severity"), p.column(table, "harm_type"), p.column(table, "created_at"), table)
	return p.query(ctx, text, 7, func(r []string) {
		if mapping.Refused("pyrit", r[2], r[5]) {
			p.refuse(1)
			return
		}
		p.report(Report{
			At: rowNumber(r[0]), ID: r[1], Title: r[2], Text: r[3], Received: r[6],
			Claims: claims("severity", r[4], "harm type", r[5]), Proposed: mapping.Propose("pyrit", r[5]),
		})
	})
}
