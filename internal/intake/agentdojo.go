package intake

import "bugbar/internal/intake/jsonl"

// AgentDojo: one JSON file per run below runs/. `security: true` means that the injection's goal was
// reached. Runs without an attack and runs that ended in an error also say so: both are left out.

func sniffAgentDojo(h *head) bool {
	return h.doc("suite_name", "pipeline_name", "user_task_id", "injection_task_id", "attack_type")
}

type dojoRun struct {
	Suite     string  `json:"suite_name"`
	Pipeline  string  `json:"pipeline_name"`
	User      string  `json:"user_task_id"`
	Injection *string `json:"injection_task_id"`
	Attack    *string `json:"attack_type"`
	Error     *string `json:"error"`
	Security  *bool   `json:"security"`
	Utility   *bool   `json:"utility"`
}

func readAgentDojo(f *file) error {
	return f.root(func(p jsonl.Part) {
		var r dojoRun
		if !f.decode(p, &r) {
			return
		}
		f.count("files", 1)
		if r.Attack == nil || *r.Attack == "" || r.Injection == nil || *r.Injection == "" {
			f.count("benign", 1)
			return
		}
		f.count("attacked", 1)
		key := Key{Tool: "agentdojo", Target: r.Pipeline, Method: r.Suite + "/" + *r.Injection, Strategy: *r.Attack, Judge: "security"}
		t := Trial{Key: key, Count: 1}
		switch {
		case r.Error != nil && *r.Error != "":
			t.Outcome = Error
		case r.Security == nil:
			f.lose(0, "no field security: the run did not end", "a run that AgentDojo wrote to its end")
			return
		default:
			t.Outcome = outcomeOf(*r.Security)
		}
		f.trial(t, nil)
	})
}

// root reads a document that is small enough to be taken whole.
func (f *file) root(each func(jsonl.Part)) error {
	return f.walk([]string{""}, func(p jsonl.Part) error {
		each(p)
		return nil
	})
}
