package intake

// A format is one kind of file: its name, how its content is recognised, and its reader.
type format struct {
	name  string
	sniff func(*head) bool
	read  func(*file) error
	plain bool // a person's words, which alone do not make an attachment a report
}

// formats lists every format, the more particular before the more general. The first that
// recognises the content reads it. It is a function because mail reads its attachments by the list.
func formats() []format {
	return []format{
		{"pyrit-db", sniffSQLite, readPyritDB, false},
		{"duckdb", sniffDuckDB, readDuckDB, false},
		{"pyrit", sniffPyrit, readPyrit, false},
		{"pyrit-csv", sniffPyritCSV, readPyritCSV, false},
		{"promptfoo", sniffPromptfoo, readPromptfoo, false},
		{"promptfoo-csv", sniffPromptfooCSV, readPromptfooCSV, false},
		{"inspect", sniffInspect, readInspect, false},
		{"agentdojo", sniffAgentDojo, readAgentDojo, false},
		{"deepteam", sniffDeepTeam, readDeepTeam, false},
		{"jailbreakbench", sniffJailbreakBench, readJailbreakBench, false},
		{"avid", sniffAVID, readAVID, false},
		{"garak", sniffGarak, readGarak, false},
		{"sarif", sniffSARIF, readSARIF, false},
		{"cve", sniffCVE, readCVE, false},
		{"osv", sniffOSV, readOSV, false},
		{"hackerone", sniffHackerOne, readHackerOne, false},
		{"hackerone-csv", sniffHackerOneCSV, readHackerOneCSV, false},
		{"bugcrowd", sniffBugcrowd, readBugcrowd, false},
		{"bugcrowd-csv", sniffBugcrowdCSV, readBugcrowdCSV, false},
		{"defectdojo", sniffDefectDojo, readDefectDojo, false},
		{"defectdojo-csv", sniffDefectDojoCSV, readDefectDojoCSV, false},
		{"flare", sniffFlare, readFlare, false},
		{"cyberseceval", sniffCyberSecEval, readCyberSecEval, false},
		{"giskard", sniffGiskard, readGiskard, false},
		{"bugbar", sniffOwn, readOwn, false},
		{"csv", sniffCSV, readCSV, true},
		{"mbox", sniffMbox, readMbox, true},
		{"mail", sniffMail, readMail, true},
		{"text", sniffText, readText, true},
	}
}

// Sniff names the format of a file by its first bytes (128 KiB are enough), or returns "".
func Sniff(text []byte) string {
	if f, ok := recognise(newHead(text)); ok {
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
