package intake

import (
	"regexp"
	"strconv"
	"strings"

	"bugbar/internal/intake/mapping"
)

// promptfoo's CSV: the red-team page's download, and `-o x.csv`, which since 2025 has a column block
// per prompt and target and before that one cell that begins with [PASS] or [FAIL].

func sniffPromptfooCSV(h *head) bool {
	return h.columns("Plugin", "Strategy", "Pass", "Prompt") || h.columns("Status", "Score", "Named Scores") || h.columns("Status", "Score", "pluginId") || oldPromptfoo(h)
}

// oldPromptfoo looks for the words that begin each result's cell.
func oldPromptfoo(h *head) bool {
	return len(h.csv) > 0 && resultCell.Match(h.text)
}

var resultCell = regexp.MustCompile(`(?m)(?:^|[,;\t])"?\[(?:PASS|FAIL)\] `)

func readPromptfooCSV(f *file) error {
	switch {
	case f.head.columns("Plugin", "Strategy", "Pass"):
		return f.rows(f.pfPageRow)
	case f.head.columns("Status", "Score"):
		p := &pfRun{file: f}
		blocks := pfBlocks(f.head.csv)
		err := f.rows(func(r row) { p.evalRow(r, blocks) })
		p.finish()
		return err
	}
	return f.rows(f.pfOldRow)
}

// pfPageRow reads a row of the web page's download: Pass is "Pass (1)" or "Fail (0)".
func (f *file) pfPageRow(r row) {
	f.count(Results, 1)
	plugin := r.get("Plugin")
	if mapping.Refused("promptfoo", plugin) {
		f.refuse(1)
		return
	}
	t := Trial{Key: Key{Tool: "promptfoo", Target: orWord(r.get("Target"), f.opts.Target), Method: plugin, Strategy: pfStrategy(r.get("Strategy"))}, At: r.at, Count: 1}
	pass := strings.ToLower(r.get("Pass"))
	switch {
	case strings.HasPrefix(pass, "pass"):
		t.Outcome = Failure
	case strings.HasPrefix(pass, "fail"):
		t.Outcome = Success
	case strings.HasPrefix(pass, "error"):
		t.Outcome = Error
	default:
		f.lose(r.at, "Pass holds another word", "Pass, Fail or Error")
		return
	}
	if t.Outcome != Error {
		t.Outcome = f.rescore(t.Outcome, cellNumber(r.get("Score")))
	}
	f.trial(t, f.opts.Threshold)
}

// cellNumber is the number in a cell, or nil.
func cellNumber(s string) *float64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || n != n {
		return nil
	}
	return &n
}

// pfBlock is where one prompt's and target's result stands in a row.
type pfBlock struct {
	target        string
	status, score int
	metrics       map[string]int
}

// pfBlocks finds the blocks of columns: "[target] prompt", Status, Score, Metric: NAME ...
func pfBlocks(header []string) []pfBlock {
	var blocks []pfBlock
	for i, name := range header {
		switch {
		case name == "Status" && i > 0:
			blocks = append(blocks, pfBlock{target: pfTarget(header[i-1]), status: i, score: -1, metrics: map[string]int{}})
		case len(blocks) == 0:
		case name == "Score":
			blocks[len(blocks)-1].score = i
		case strings.HasPrefix(name, "Metric: "):
			blocks[len(blocks)-1].metrics[strings.TrimPrefix(name, "Metric: ")] = i
		}
	}
	return blocks
}

// pfTarget takes the label out of "[label] prompt".
func pfTarget(column string) string {
	label, _, ok := strings.Cut(strings.TrimPrefix(column, "["), "]")
	if !ok || !strings.HasPrefix(column, "[") {
		return ""
	}
	return label
}

func (p *pfRun) evalRow(r row, blocks []pfBlock) {
	for _, b := range blocks {
		result := pfResult{Provider: pfProvider{b.target}, Named: map[string]any{}}
		result.Vars = map[string]any{"harmCategory": r.get("harmCategory")}
		result.Metadata = pfMetadata{Plugin: r.get("pluginId"), Strategy: r.get("strategyId"), Severity: r.get("severity")}
		passed := r.cells[b.status] == "PASS"
		switch r.cells[b.status] {
		case "PASS", "FAIL":
			result.Success = &passed
		case "ERROR":
			reason := 2
			result.Reason = &reason
		default:
			p.lose(r.at, "Status holds another word", "PASS, FAIL or ERROR")
			continue
		}
		if b.score >= 0 {
			result.Score = cellNumber(r.cells[b.score])
		}
		for name, i := range b.metrics {
			if n := cellNumber(r.cells[i]); n != nil {
				result.Named[name] = *n
			}
		}
		p.result(r.at, result)
	}
}

// pfOldRow counts results of the oldest export. They name no plugin, so nothing is imported.
func (f *file) pfOldRow(r row) {
	for _, cell := range r.cells {
		if strings.HasPrefix(cell, "[PASS]") || strings.HasPrefix(cell, "[FAIL]") {
			f.count(Results, 1)
			f.count(Trials, 1)
		}
	}
	if f.out.batch.Totals[Results] > 0 && !f.warned {
		f.warned = true
		f.warn("this export names no plugins: nothing is imported; export JSON instead")
	}
}
