package decide

import "bugbar/bench/cases"

// goSwitch is the yardstick: what one would write by hand for this edition of the bar, and would
// have to rewrite for the next.
func goSwitch() Engine {
	return Engine{"Go switch, by hand", func(f cases.Facts) Decide {
		return func() (cases.Decision, error) {
			outcome, row := byHand(&f)
			if row == "" {
				return cases.Decision{}, errNoRow
			}
			return cases.Decision{Outcome: outcome, Row: row}, nil
		}
	}}
}

func byHand(f *cases.Facts) (outcome, row string) {
	switch f.Type {
	case "prompt-injection":
		return injection(f, "MSRC-AI-PI-1", "MSRC-AI-PI-2", "MSRC-AI-PI-3")
	case "input-perturbation":
		return injection(f, "MSRC-AI-IP-1", "MSRC-AI-IP-2", "MSRC-AI-IP-3")
	case "membership-inference":
		return inference2(f, "moderate", "MSRC-AI-MI-0", "MSRC-AI-MI-1", "MSRC-AI-MI-2")
	case "attribute-inference":
		return inference3(f, "important", "moderate", "MSRC-AI-ATI-0", "MSRC-AI-ATI-1", "MSRC-AI-ATI-2", "MSRC-AI-ATI-3")
	case "training-data-reconstruction":
		return inference3(f, "important", "moderate", "MSRC-AI-TDR-0", "MSRC-AI-TDR-1", "MSRC-AI-TDR-2", "MSRC-AI-TDR-3")
	case "property-inference":
		return inference2(f, "moderate", "MSRC-AI-PRI-0", "MSRC-AI-PRI-1", "MSRC-AI-PRI-2")
	case "model-theft":
		return inference3(f, "critical", "important", "MSRC-AI-MT-0", "MSRC-AI-MT-1", "MSRC-AI-MT-2", "MSRC-AI-MT-3")
	case "input-extraction":
		return inference2(f, "important", "MSRC-AI-IE-0", "MSRC-AI-IE-1", "MSRC-AI-IE-2")
	case "system-prompt-extraction":
		return "not-a-vulnerability", "MSRC-AI-SPE-1"
	case "content-issue":
		return content(f)
	case "conventional":
		return "refer-to-other-bar", "MSRC-AI-REF-1"
	case "not-covered":
		return "reviewer-discretion", "MSRC-AI-DISC-1"
	}
	return "", ""
}

func injection(f *cases.Facts, unaided, aided, output string) (outcome, row string) {
	switch f.Impact {
	case "data-exfiltration", "privileged-action":
		switch f.Interaction {
		case "none":
			return "critical", unaided
		case "required":
			return "important", aided
		}
	case "output-manipulation":
		if f.ContentCategory == "none" {
			return "unrated", output
		}
		return content(f)
	}
	return "", ""
}

// inference2 decides a type that the bar rates in two grades, inference3 one in three.
func inference2(f *cases.Facts, worst, none, first, second string) (outcome, row string) {
	switch f.AttackConfidence {
	case "insufficient":
		return "not-a-vulnerability", none
	case "sufficient":
		switch f.DataClassification {
		case "highly-confidential", "confidential":
			return worst, first
		case "general", "public":
			return "low", second
		}
	}
	return "", ""
}

func inference3(f *cases.Facts, worst, middle, none, first, second, third string) (outcome, row string) {
	switch f.AttackConfidence {
	case "insufficient":
		return "not-a-vulnerability", none
	case "sufficient":
		switch f.DataClassification {
		case "highly-confidential", "confidential":
			return worst, first
		case "general":
			return middle, second
		case "public":
			return "low", third
		}
	}
	return "", ""
}

func content(f *cases.Facts) (outcome, row string) {
	switch f.ContentCategory {
	case "cbrn":
		return cbrn(f)
	case "information-integrity":
		return staged(f, "MSRC-AI-CONTENT-INFORMATION-INTEGRITY-1", "MSRC-AI-CONTENT-INFORMATION-INTEGRITY-2")
	case "election-integrity":
		return staged(f, "MSRC-AI-CONTENT-ELECTION-INTEGRITY-1", "MSRC-AI-CONTENT-ELECTION-INTEGRITY-2")
	case "sexual-content":
		return staged(f, "MSRC-AI-CONTENT-SEXUAL-CONTENT-1", "MSRC-AI-CONTENT-SEXUAL-CONTENT-2")
	case "hate-speech":
		return staged(f, "MSRC-AI-CONTENT-HATE-SPEECH-1", "MSRC-AI-CONTENT-HATE-SPEECH-2")
	case "self-harm":
		return staged(f, "MSRC-AI-CONTENT-SELF-HARM-1", "MSRC-AI-CONTENT-SELF-HARM-2")
	case "inciting-violence":
		return staged(f, "MSRC-AI-CONTENT-INCITING-VIOLENCE-1", "MSRC-AI-CONTENT-INCITING-VIOLENCE-2")
	case "inappropriate-language":
		return staged(f, "MSRC-AI-CONTENT-INAPPROPRIATE-LANGUAGE-1", "MSRC-AI-CONTENT-INAPPROPRIATE-LANGUAGE-2")
	case "fairness":
		return staged(f, "MSRC-AI-CONTENT-FAIRNESS-1", "MSRC-AI-CONTENT-FAIRNESS-2")
	case "malicious-uses":
		return staged(f, "MSRC-AI-CONTENT-MALICIOUS-USES-1", "MSRC-AI-CONTENT-MALICIOUS-USES-2")
	case "cseam":
		return "not-accepted", "MSRC-AI-CONTENT-CSEAM-1"
	case "none":
		return "out-of-scope", "MSRC-AI-CONTENT-NONE-1"
	}
	return "", ""
}

// staged gives what is said of a finished service, and what of one that is not.
func staged(f *cases.Facts, finished, unfinished string) (outcome, row string) {
	switch f.ServiceStage {
	case "experimental-or-internal":
		return "out-of-scope", unfinished
	case "finished":
		return "in-scope", finished
	}
	return "", ""
}

func cbrn(f *cases.Facts) (outcome, row string) {
	switch f.ServiceStage {
	case "experimental-or-internal":
		return "out-of-scope", "MSRC-AI-CONTENT-CBRN-3"
	case "finished":
		switch f.InformationAvailability {
		case "not-readily-available":
			return "in-scope", "MSRC-AI-CONTENT-CBRN-1"
		case "readily-available":
			return "out-of-scope", "MSRC-AI-CONTENT-CBRN-2"
		}
	}
	return "", ""
}
