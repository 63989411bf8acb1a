package intake

import (
	"fmt"
	"hash/maphash"
	"math"
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// garak (NVIDIA): report.jsonl and hitlog.jsonl, from 0.9 on. Score 1 is bad; a hit is a score at or
// above the run's threshold. Each attempt is written at status 1 and again, judged, at status 2; only
// the latter counts. Several detectors judge each output, so nothing is summed over detectors.

const garakThreshold = 0.5 // garak's default for run.eval_threshold

func sniffGarak(h *head) bool {
	return h.line("entry_type") || h.line("probe", "detector", "score") || h.line("probe_classname", "detector_results")
}

// garakLine is what one line says, with no text of prompts or outputs.
type garakLine struct {
	flaw      error
	entry     string // entry_type, "" in a hit log
	key       uint64 // of uuid, seq and probe; 0 without uuid
	sum       uint64 // of the whole line
	status    int
	probe     string
	outputs   int // -1 when the line has none
	detectors []garakScores
	refused   bool
	meta      []byte // a copy of a rare line that is decoded as a whole
}

// garakScores holds one score per judged output, NaN for one without judgement.
type garakScores struct {
	detector string
	scores   []float64
	damaged  int   // scores that are no numbers
	flaw     error // no list of scores
}

// garakParser reads lines on one worker; it keeps the few names that recur.
type garakParser struct {
	names map[string]garakWord // by their JSON, quotes included
	keys  map[string]string    // detectors, by their JSON without quotes
	seed  maphash.Seed
}

// garakWord is a name, and whether it stands for material that is never accepted.
type garakWord struct {
	text    string
	refused bool
}

const (
	maxWordsKept = 10_000
	usualScores  = 10 // generations for each prompt, at most, in most runs
)

func newGarakParser(seed maphash.Seed) *garakParser {
	return &garakParser{names: map[string]garakWord{}, keys: map[string]string{}, seed: seed}
}

func (p *garakParser) name(raw []byte) garakWord {
	if w, ok := p.names[string(raw)]; ok {
		return w
	}
	s, _ := jsonl.String(raw)
	s = garakName(s)
	w := garakWord{s, mapping.Refused("garak", s)}
	if len(p.names) < maxWordsKept && len(s) < 200 {
		p.names[string(raw)] = w
	}
	return w
}

// detector names a member of detector_results.
func (p *garakParser) detector(key []byte) string {
	if s, ok := p.keys[string(key)]; ok {
		return s
	}
	s, _ := jsonl.String(quoted(key))
	s = garakName(s)
	if len(p.keys) < maxWordsKept && len(s) < 200 {
		p.keys[string(key)] = s
	}
	return s
}

// garakName strips the prefixes that some versions and forks write.
func garakName(s string) string {
	s = strings.TrimPrefix(s, "garak.")
	for _, prefix := range []string{"detectors.", "detector.", "probes."} {
		s = strings.TrimPrefix(s, prefix)
	}
	return s
}

// garakFields are the values of one line that an attempt is made of.
type garakFields struct {
	entry, uuid, seq, status, probe, outputs, detectors, intent []byte
}

func (p *garakParser) parse(line []byte) garakLine {
	var f garakFields
	err := jsonl.Members(line, func(key, value []byte) bool {
		switch string(key) {
		case "entry_type":
			f.entry = value
		case "uuid":
			f.uuid = value
		case "seq":
			f.seq = value
		case "status":
			f.status = value
		case "probe_classname":
			f.probe = value
		case "probe":
			if f.probe == nil {
				f.probe = value
			}
		case "outputs":
			f.outputs = value
		case "detector_results":
			f.detectors = value
		case "intent":
			f.intent = value
		}
		return true
	})
	if err != nil {
		return garakLine{flaw: err}
	}
	return p.line(line, f)
}

func (p *garakParser) line(text []byte, f garakFields) garakLine {
	probe := p.name(f.probe)
	l := garakLine{entry: p.name(f.entry).text, probe: probe.text, outputs: -1}
	if l.refused = probe.refused || p.name(f.intent).refused; l.refused {
		return l
	}
	if l.entry == "" && f.detectors != nil {
		l.entry = "attempt" // tools that write garak's attempts without naming them
	}
	switch l.entry {
	case "attempt":
		l.flaw = p.attempt(&l, text, f)
	case "", "start_run setup", "config", "init", "eval", "completion":
		l.meta = append(l.meta, text...)
	}
	return l
}

// attempt fills in what an attempt says.
func (p *garakParser) attempt(l *garakLine, text []byte, f garakFields) error {
	status, ok := jsonl.Number(f.status)
	if !ok || l.probe == "" {
		return fmt.Errorf("attempt without a status or probe_classname of the right type")
	}
	l.status = int(status)
	if len(f.uuid) > 2 {
		l.key = p.hash(f.uuid, f.seq, f.probe)
	}
	if l.status < 2 {
		return nil
	}
	l.sum = maphash.Bytes(p.seed, text)
	if f.outputs != nil {
		l.outputs = 0
		if err := jsonl.Elements(f.outputs, func([]byte) bool { l.outputs++; return true }); err != nil {
			return fmt.Errorf("outputs: %w", err)
		}
	}
	return p.scores(l, f.detectors)
}

func (p *garakParser) scores(l *garakLine, results []byte) error {
	if results == nil || jsonl.Null(results) {
		return nil
	}
	err := jsonl.Members(results, func(detector, list []byte) bool {
		if jsonl.Null(list) {
			return true
		}
		s := garakScores{detector: p.detector(detector), scores: make([]float64, 0, usualScores)}
		s.flaw = s.read(list)
		l.detectors = append(l.detectors, s)
		return true
	})
	if err == nil {
		err = allFlawed(l.detectors)
	}
	if err != nil {
		return fmt.Errorf("detector_results: %w", err)
	}
	return nil
}

// allFlawed is the first flaw where no detector has a list of scores: then the attempt is lost, and not
// that detector alone.
func allFlawed(detectors []garakScores) error {
	for _, d := range detectors {
		if d.flaw == nil {
			return nil
		}
	}
	if len(detectors) == 0 {
		return nil
	}
	return detectors[0].flaw
}

// quoted widens a key to the quotes around it, which Members has seen.
func quoted(key []byte) []byte { return append(append([]byte{'"'}, key...), '"') }

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// read takes a list of scores; forks nest the list once more.
func (s *garakScores) read(list []byte) error {
	if jsonl.Null(list) {
		return nil
	}
	var inner error
	err := jsonl.Elements(list, func(v []byte) bool {
		switch score, ok := jsonl.Number(v); {
		case ok && score >= 0 && score <= 1:
			s.scores = append(s.scores, score)
		case jsonl.Null(v):
			s.scores = append(s.scores, math.NaN())
		case v[0] == '[':
			inner = firstError(inner, s.read(v))
		default:
			s.scores = append(s.scores, math.NaN())
			s.damaged++
		}
		return true
	})
	return firstError(err, inner)
}

// hash makes one number of a key's parts. It differs from run to run and is never written.
func (p *garakParser) hash(parts ...[]byte) uint64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	for _, part := range parts {
		h.Write(part)
		h.WriteByte(0)
	}
	return max(h.Sum64(), 1)
}
