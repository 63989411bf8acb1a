package intake

// A format is one kind of file: its name, how its content is recognised, and its reader.
type format struct {
	name  string
	sniff func(*head) bool
	read  func(*file) error
}

// formats lists every format, the more particular before the more general. The first that
// recognises the content reads it.
var formats = []format{
	{"pyrit-db", sniffSQLite, readPyritDB},
	{"duckdb", sniffDuckDB, readDuckDB},
	{"pyrit", sniffPyrit, readPyrit},
	{"pyrit-csv", sniffPyritCSV, readPyritCSV},
	{"promptfoo", sniffPromptfoo, readPromptfoo},
	{"promptfoo-csv", sniffPromptfooCSV, readPromptfooCSV},
	{"inspect", sniffInspect, readInspect},
	{"agentdojo", sniffAgentDojo, readAgentDojo},
	{"deepteam", sniffDeepTeam, readDeepTeam},
	{"jailbreakbench", sniffJailbreakBench, readJailbreakBench},
	{"avid", sniffAVID, readAVID},
	{"garak", sniffGarak, readGarak},
	{"sarif", sniffSARIF, readSARIF},
	{"cve", sniffCVE, readCVE},
	{"osv", sniffOSV, readOSV},
	{"hackerone", sniffHackerOne, readHackerOne},
	{"hackerone-csv", sniffHackerOneCSV, readHackerOneCSV},
	{"bugcrowd", sniffBugcrowd, readBugcrowd},
	{"bugcrowd-csv", sniffBugcrowdCSV, readBugcrowdCSV},
	{"defectdojo", sniffDefectDojo, readDefectDojo},
	{"defectdojo-csv", sniffDefectDojoCSV, readDefectDojoCSV},
	{"flare", sniffFlare, readFlare},
	{"cyberseceval", sniffCyberSecEval, readCyberSecEval},
	{"giskard", sniffGiskard, readGiskard},
}

// Sniff names the format of a file by its first bytes (128 KiB are enough), or returns "".
func Sniff(text []byte) string {
	if f, ok := recognise(newHead(text)); ok {
		return f.name
	}
	return ""
}

func recognise(h *head) (format, bool) {
	for _, f := range formats {
		if f.sniff(h) {
			return f, true
		}
	}
	return format{}, false
}
