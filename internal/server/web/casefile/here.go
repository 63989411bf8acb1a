package casefile

import (
	"net/http"

	"bugbar/internal/casebook"
	"bugbar/internal/server/web/site"
)

// Here is who else of the team has a case open. Pages of the case ask for it again while somebody looks at them.
type Here struct {
	Case casebook.ID
	Here []casebook.ID
}

var herePage = site.NewTemplate(folder, "here.html", "head.html")

func here(w http.ResponseWriter, r *site.Request) error {
	id, err := casebook.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	v := Here{Case: id}
	if v.Here, err = r.Site.Book.Here(r.Context(), r.Actor, id); err != nil {
		return err
	}
	return herePage.Render(w, r, http.StatusOK, v)
}
