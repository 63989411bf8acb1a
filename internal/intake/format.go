package intake

import (
	"bytes"
	"io"
)

// A format is one kind of file: its name, how its content is recognised, and its reader.
type format struct {
	name  string
	sniff func(*head) bool
	read  func(*file) error
	holds kind
}

// A kind is what a format holds.
type kind int

const (
	reports  kind = iota // reports of single weaknesses, or a mixture
	attempts             // attempts, so that their totals are there even when they are 0
	words                // a person's words, which do not make an attachment a report of its own
)

// formats lists every format, the more particular before the more general. The first that
// recognises the content reads it. It is a function because mail reads its attachments by the list.
func formats() []format {
	return []format{
		{"pyrit-db", sniffSQLite, readPyritDB, attempts},
		{"duckdb", sniffDuckDB, readDuckDB, reports},
		{"pyrit", sniffPyrit, readPyrit, attempts},
		{"pyrit-csv", sniffPyritCSV, readPyritCSV, attempts},
		{"promptfoo", sniffPromptfoo, readPromptfoo, attempts},
		{"promptfoo-csv", sniffPromptfooCSV, readPromptfooCSV, attempts},
		{"inspect", sniffInspect, readInspect, attempts},
		{"agentdojo", sniffAgentDojo, readAgentDojo, attempts},
		{"deepteam", sniffDeepTeam, readDeepTeam, attempts},
		{"jailbreakbench", sniffJailbreakBench, readJailbreakBench, attempts},
		{"avid", sniffAVID, readAVID, reports},
		{"garak", sniffGarak, readGarak, reports},
		{"sarif", sniffSARIF, readSARIF, reports},
		{"cve", sniffCVE, readCVE, reports},
		{"osv", sniffOSV, readOSV, reports},
		{"hackerone", sniffHackerOne, readHackerOne, reports},
		{"hackerone-csv", sniffHackerOneCSV, readHackerOneCSV, reports},
		{"bugcrowd", sniffBugcrowd, readBugcrowd, reports},
		{"bugcrowd-csv", sniffBugcrowdCSV, readBugcrowdCSV, reports},
		{"defectdojo", sniffDefectDojo, readDefectDojo, reports},
		{"defectdojo-csv", sniffDefectDojoCSV, readDefectDojoCSV, reports},
		{"flare", sniffFlare, readFlare, reports},
		{"cyberseceval", sniffCyberSecEval, readCyberSecEval, attempts},
		{"giskard", sniffGiskard, readGiskard, reports},
		{"bugbar", sniffOwn, readOwn, reports},
		{"csv", sniffCSV, readCSV, words},
		{"mbox", sniffMbox, readMbox, words},
		{"mail", sniffMail, readMail, words},
		{"text", sniffText, readText, words},
	}
}

// Sniff names the format of a file by its first bytes (128 KiB are enough), says "archive" for
// what is packed, or returns "".
func Sniff(text []byte) string {
	if container(text) != nil {
		return "archive"
	}
	decoded, err := io.ReadAll(decodeUTF(bytes.NewReader(text), text))
	if err != nil {
		return ""
	}
	if f, ok := recognise(newHead(decoded)); ok {
		return f.name
	}
	return ""
}

func recognise(h *head) (format, bool) {
	for _, f := range formats() {
		if f.sniff(h) {
			return f, true
		}
	}
	return format{}, false
}
