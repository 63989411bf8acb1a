package intake

import "bugbar/internal/intake/mapping"

// CSV of reports as people keep them in a spreadsheet: a title, a text, and whatever else they have.

func sniffCSV(h *head) bool {
	return h.columns("title") && (h.columns("text") || h.columns("description") || h.columns("summary") || h.columns("severity") || h.columns("steps"))
}

// csvFields are the columns that a report has fields for; every other column becomes a claim.
var csvFields = wordSet("id title text description summary product model reporter received date aliases cve")

func readCSV(f *file) error {
	f.count(ReportsTotal, 0)
	return f.rows(func(r row) {
		if r.get("title") == "" {
			f.lose(r.at, "a row without a title", "a title per row")
			return
		}
		if mapping.Refused("csv", r.get("title"), r.get("category"), r.get("type")) {
			f.refuse(1)
			return
		}
		report := f.plainReport(firstWord(r.get("text"), r.get("description"), r.get("summary")))
		report.At, report.ID, report.Title = r.at, r.get("id"), r.get("title")
		report.Product, report.Model = firstWord(r.get("product"), report.Product), firstWord(r.get("model"), report.Model)
		report.Reporter, report.Received = firstWord(r.get("reporter"), report.Reporter), firstWord(r.get("received"), r.get("date"))
		for i, name := range f.head.csv {
			if !csvFields[lower(name)] && i < len(r.cells) {
				report.Claims = append(report.Claims, claims(lower(name), r.cells[i])...)
			}
		}
		f.report(report)
	})
}
