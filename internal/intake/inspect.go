package intake

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// Inspect (UK AISI): .eval, a zip of JSON packed with deflate or Zstandard, and .json, one document.
// A score's "C" may mean that the attack worked or that the answer was right, so scores stay unjudged
// until the user says which value means success. Results stated in the header are only compared.

func sniffInspect(h *head) bool {
	return h.doc("eval.task") && (h.doc("eval.model") || h.doc("eval.task_id") || h.doc("eval.run_id"))
}

// isInspect tells a log from any other zip; a log of a run that goes on has no header yet.
func isInspect(z *zip.Reader) bool {
	for _, f := range z.File {
		if f.Name == "header.json" || f.Name == "_journal/start.json" {
			return true
		}
	}
	return false
}

type inspectHeader struct {
	Status string `json:"status"`
	Eval   struct {
		Task    string `json:"task"`
		Model   string `json:"model"`
		RunID   string `json:"run_id"`
		Scorers []struct {
			Name string `json:"name"`
		} `json:"scorers"`
	} `json:"eval"`
	Results struct {
		Completed *int `json:"completed_samples"`
	} `json:"results"`
}

// inspectSample is one sample without its messages.
type inspectSample struct {
	ID     text                    `json:"id"`
	Epoch  int                     `json:"epoch"`
	Scores map[string]inspectScore `json:"scores"`
	Score  *inspectScore           `json:"score"` // in older logs
	Error  json.RawMessage         `json:"error"`
}

type inspectScore struct {
	Value json.RawMessage `json:"value"`
}

type inspectRun struct {
	*file
	header      inspectHeader
	samples     int
	ids, epochs map[string]bool
	unclear     bool // some value's meaning is not known
}

func newInspectRun(f *file) *inspectRun {
	return &inspectRun{file: f, ids: map[string]bool{}, epochs: map[string]bool{}}
}

func readInspect(f *file) error {
	r := newInspectRun(f)
	var early []func() // samples before the header, which some tools write in another order
	err := f.walk([]string{"status", "eval", "results", "samples[]"}, func(p jsonl.Part) error {
		switch p.Path {
		case "status":
			r.header.Status, _ = jsonl.String(p.Value)
		case "eval":
			f.decode(p, &r.header.Eval)
		case "results":
			f.decode(p, &r.header.Results)
		default:
			var s inspectSample
			switch {
			case !f.decode(p, &s):
			case r.header.Eval.Task == "" && len(early) < maxPending:
				early = append(early, func() { r.sample(f.name, p.Index, s) })
			default:
				r.sample(f.name, p.Index, s)
			}
		}
		return nil
	})
	for _, sample := range early {
		sample()
	}
	r.finish()
	return err
}

// readInspectZip reads the header first, wherever it stands, then the samples.
func readInspectZip(u *unpacker, name string, z *zip.Reader) error {
	f := &file{name: name, ctx: u.ctx, opts: u.opts, out: u.out, from: u, head: &head{format: "inspect"}}
	r := newInspectRun(f)
	for _, want := range []string{"_journal/start.json", "header.json"} {
		for _, entry := range z.File {
			if entry.Name == want {
				if err := r.entry(entry, "", &r.header); err != nil {
					return err
				}
			}
		}
	}
	for i, entry := range z.File {
		if path.Dir(entry.Name) != "samples" || path.Ext(entry.Name) != ".json" {
			continue
		}
		if err := u.entry(); err != nil {
			return err
		}
		var s inspectSample
		if err := r.entry(entry, name+"/", &s); err != nil {
			return err
		}
		if s.ID != "" {
			r.sample(name+"/"+entryName(entry.Name), i+1, s)
		}
	}
	r.finish()
	u.out.batch.Files = append(u.out.batch.Files, File{name, "inspect", r.header.Eval.RunID})
	return nil
}

// entry decodes one file of the zip. What is damaged is lost; only cancelling comes back.
func (r *inspectRun) entry(entry *zip.File, prefix string, v any) error {
	inner := *r.file
	inner.name = prefix + entryName(entry.Name)
	in, err := entry.Open()
	if err != nil {
		inner.lose(0, "cannot be unpacked", "deflate or Zstandard")
		return nil
	}
	defer in.Close()
	inner.Reader = r.from.limit(in)
	whole := []byte("{")
	paths := []string{"status", "eval", "results", "id", "epoch", "scores", "score", "error"}
	err = inner.walk(paths, func(p jsonl.Part) error {
		whole = fmt.Appendf(whole, "%q:%s,", p.Path, p.Value)
		return nil
	})
	if err != nil {
		return err
	}
	whole = append(bytes.TrimSuffix(whole, []byte(",")), '}')
	if jsonl.Decode(whole, v) != nil {
		inner.lose(0, "a field has another type", "the types that Inspect writes")
	}
	return nil
}

// sample adds one sample: a trial per scorer.
func (r *inspectRun) sample(file string, at int, s inspectSample) {
	r.samples++
	r.count("samples", 1)
	r.ids[string(s.ID)], r.epochs[fmt.Sprint(s.Epoch)] = true, true
	if mapping.Refused("inspect", r.header.Eval.Task) {
		r.refuse(1)
		return
	}
	if s.Score != nil && len(s.Scores) == 0 {
		s.Scores = map[string]inspectScore{"": *s.Score}
	}
	failed := len(s.Error) > 0 && !jsonl.Null(s.Error)
	if len(s.Scores) > 0 {
		r.count("scored", 1)
	} else {
		s.Scores = map[string]inspectScore{r.onlyScorer(): {}}
	}
	for _, scorer := range sortedKeys(s.Scores) {
		if r.opts.Judge != "" && r.opts.Judge != scorer {
			continue
		}
		outcome := r.outcome(s.Scores[scorer].Value)
		if failed {
			outcome = Error
		}
		key := Key{Tool: "inspect", Target: orWord(r.header.Eval.Model, r.opts.Target), Method: r.header.Eval.Task, Judge: scorer}
		group := r.finding(key, Attempts, r.opts.Threshold)
		inner := *r.file
		inner.name = file
		inner.add(group, outcome, at, 1)
	}
}

// onlyScorer is who would have judged a sample without scores, where that is clear.
func (r *inspectRun) onlyScorer() string {
	if scorers := r.header.Eval.Scorers; len(scorers) == 1 {
		return scorers[0].Name
	}
	return ""
}

// outcome reads a score's value by what the user said it means.
func (r *inspectRun) outcome(value json.RawMessage) Outcome {
	word, isText := jsonl.String(value)
	if !isText {
		word = string(value)
	}
	if len(value) > 0 && len(word) <= 20 && (isText || word == "true" || word == "false") {
		r.count("values."+word, 1)
	}
	number, isNumber := jsonl.Number(value)
	switch {
	case len(value) == 0 || jsonl.Null(value):
		return Unjudged
	case r.opts.Worked != "" && (value[0] == '"' || value[0] == 't' || value[0] == 'f' || isNumber):
		return outcomeOf(strings.EqualFold(word, r.opts.Worked))
	case r.opts.Threshold != nil && isNumber:
		return outcomeOf(number >= *r.opts.Threshold)
	}
	r.unclear = true
	return Unjudged
}

func (r *inspectRun) finish() {
	r.count("ids", len(r.ids))
	r.count("epochs", len(r.epochs))
	if r.header.Status != "" {
		r.count("status."+clip(r.header.Status, 20), 1)
	}
	if r.header.Status != "success" {
		r.warn("the run is not marked as finished")
	}
	if n := r.header.Results.Completed; n != nil {
		r.count("results_completed", *n)
		if *n != r.samples {
			r.count("disagree", 1)
			r.warn("the header counts %d samples, the file has %d; the samples are used", *n, r.samples)
		}
	}
	if r.unclear {
		r.warn("say which value of a score means that the attack worked (such as C or I), or give a threshold; until then the samples are unjudged")
	}
	r.run = r.header.Eval.RunID
}
