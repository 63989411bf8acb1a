package intake

import (
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// Giskard 2, scan().to_json(): {detector: {major|medium|minor: [description]}}. There are no
// transcripts and no counts, so each description is a report with the level as a claim.

var giskardLevels = []string{"major", "medium", "minor"}

func sniffGiskard(h *head) bool {
	if len(h.json) == 0 {
		return false
	}
	found := false
	for path := range h.json[0] {
		if _, rest, nested := strings.Cut(path, "."); nested {
			level := strings.TrimSuffix(rest, "[]")
			if level != "major" && level != "medium" && level != "minor" {
				return false
			}
			found = true
		}
	}
	return found
}

func readGiskard(f *file) error {
	return f.root(func(p jsonl.Part) {
		var scan map[string]map[string]list
		if !f.decode(p, &scan) {
			return
		}
		for _, detector := range sortedKeys(scan) {
			f.giskard(detector, scan[detector])
		}
	})
}

func (f *file) giskard(detector string, levels map[string]list) {
	for _, level := range giskardLevels {
		for at, description := range levels[level] {
			if mapping.Refused("giskard", detector, description) {
				f.refuse(1)
				continue
			}
			f.report(Report{
				At: at + 1, Title: detector, Text: description, Model: f.opts.Target,
				Claims: claims("level", level), Proposed: mapping.Propose("giskard", detector),
			})
		}
	}
}
