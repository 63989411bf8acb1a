package auth

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/api"
)

// Routes is what scripts need, behind paths of a server. All take and give JSON, but for the way to the provider
// and back.
func (a *Auth) Routes() http.Handler {
	mux := http.NewServeMux()
	for path, handle := range map[string]func(http.ResponseWriter, *http.Request) (any, error){
		"POST /auth/password":           a.postPassword,
		"POST /auth/link":               a.postLink,
		"POST /auth/report":             a.postReport,
		"POST /auth/setup":              a.postSetup,
		"POST /auth/passkey/begin":      func(w http.ResponseWriter, r *http.Request) (any, error) { return a.BeginPasskey(w, r) },
		"POST /auth/passkey/finish":     func(w http.ResponseWriter, r *http.Request) (any, error) { return a.entrance(a.FinishPasskey(w, r)) },
		"POST /auth/passkey/new/begin":  func(w http.ResponseWriter, r *http.Request) (any, error) { return a.BeginNewPasskey(w, r) },
		"POST /auth/passkey/new/finish": a.postNewPasskey,
		"POST /auth/sign-out":           func(w http.ResponseWriter, r *http.Request) (any, error) { return nil, a.SignOut(w, r) },
		"GET /auth/credentials":         a.getCredentials,
		"POST /auth/revoke":             a.postRevoke,
		"POST /auth/revoke-others":      func(_ http.ResponseWriter, r *http.Request) (any, error) { return nil, a.RevokeOthers(r) },
		"POST /auth/new-password":       a.postNewPassword,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			answer, err := handle(w, r)
			a.answer(w, r, answer, err)
		})
	}
	mux.HandleFunc("GET /auth/provider", func(w http.ResponseWriter, r *http.Request) {
		to, err := a.StartProvider(w, r, r.URL.Query().Get("back"), r.URL.Query().Has("link"))
		a.redirect(w, r, to, err)
	})
	mux.HandleFunc("GET "+CallbackPath, func(w http.ResponseWriter, r *http.Request) {
		to, err := a.FinishProvider(w, r)
		a.redirect(w, r, to, err)
	})
	return api.Routed(mux)
}

func (a *Auth) answer(w http.ResponseWriter, r *http.Request, answer any, err error) {
	if err != nil {
		a.problem(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		a.Log.DebugContext(r.Context(), "the client left", "error", err)
	}
}

func (a *Auth) redirect(w http.ResponseWriter, r *http.Request, to string, err error) {
	if err != nil {
		a.problem(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// maxForm bounds what is sent to prove something, in bytes.
const maxForm = 16 << 10

// form reads a JSON body. A member that nobody asked for is refused: it was sent to set something that is not
// the sender's to set.
func form[F any](r *http.Request) (f F, err error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return f, fault.New(fault.Invalid, "the body is not JSON").In("Content-Type").Do("application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxForm))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, fault.New(fault.Invalid, "the body is not as it should be").Because(err) // the error may repeat what was sent
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return f, fault.New(fault.Invalid, "something follows the body")
	}
	return f, nil
}

// entered is what somebody learns who signed in.
type entrance struct {
	Person casebook.ID     `json:"person,omitempty"`
	Handle string          `json:"handle,omitempty"`
	Roles  []casebook.Role `json:"roles,omitempty"`
	Case   casebook.ID     `json:"case,omitempty"`
}

func (a *Auth) entrance(actor casebook.Actor, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return entrance{Person: actor.ID, Handle: actor.Handle, Roles: actor.Roles, Case: actor.Case}, nil
}

func (a *Auth) postPassword(w http.ResponseWriter, r *http.Request) (any, error) {
	f, err := form[struct{ Handle, Password string }](r)
	if err != nil {
		return nil, err
	}
	return a.entrance(a.SignInPassword(w, r, f.Handle, f.Password))
}

func (a *Auth) postLink(w http.ResponseWriter, r *http.Request) (any, error) {
	f, err := form[struct{ Code string }](r)
	if err != nil {
		return nil, err
	}
	return a.entrance(a.SignInLink(w, r, f.Code))
}

func (a *Auth) postReport(w http.ResponseWriter, r *http.Request) (any, error) {
	f, err := form[struct{ Key string }](r)
	if err != nil {
		return nil, err
	}
	return a.entrance(a.SignInReportKey(w, r, f.Key))
}

func (a *Auth) postSetup(w http.ResponseWriter, r *http.Request) (any, error) {
	f, err := form[struct{ Secret, Handle, Name, Email, Password string }](r)
	if err != nil {
		return nil, err
	}
	return a.entrance(a.SetUp(w, r, f.Secret, f.Handle, casebook.Identity{Name: f.Name, Email: f.Email}, f.Password))
}

func (a *Auth) postNewPasskey(w http.ResponseWriter, r *http.Request) (any, error) {
	return nil, a.FinishNewPasskey(w, r, r.URL.Query().Get("label"))
}

func (a *Auth) getCredentials(_ http.ResponseWriter, r *http.Request) (any, error) {
	all, current, err := a.Credentials(r)
	return struct {
		Credentials []casebook.Credential `json:"credentials"`
		Current     string                `json:"current,omitempty"`
	}{all, current}, err
}

func (a *Auth) postRevoke(_ http.ResponseWriter, r *http.Request) (any, error) {
	f, err := form[struct{ ID string }](r)
	if err != nil {
		return nil, err
	}
	return nil, a.Revoke(r, f.ID)
}

func (a *Auth) postNewPassword(_ http.ResponseWriter, r *http.Request) (any, error) {
	f, err := form[struct{ Password string }](r)
	if err != nil {
		return nil, err
	}
	return nil, a.SetPassword(r, f.Password)
}
