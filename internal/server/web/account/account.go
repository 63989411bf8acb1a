// Package account is how people come in and go out: the first account, sign-in by password, passkey, provider or
// one-time link, and what somebody has to prove who they are.
package account

import (
	"embed"
	"net/http"
	"slices"
	"strings"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/site"
)

//go:embed *.html
var folder embed.FS

var (
	signInPage  = site.NewTemplate(folder, "signin.html")
	setUpPage   = site.NewTemplate(folder, "setup.html")
	accountPage = site.NewTemplate(folder, "account.html")
	tokenPage   = site.NewTemplate(folder, "token.html")
)

// Templates are the page's.
var Templates = []*site.Template{signInPage, setUpPage, accountPage, tokenPage}

// Pages lets people in.
type Pages struct{ auth *auth.Auth }

// Register puts the pages at their addresses.
func Register(s *site.Site, a *auth.Auth) {
	p := Pages{a}
	s.Handle("GET /sign-in", p.ask)
	s.Handle("POST /sign-in", p.signIn)
	s.Handle("GET /sign-in/link", p.askLink)
	s.Handle("POST /sign-in/link", p.link)
	s.Handle("POST /sign-out", p.signOut)
	s.Handle("GET /set-up", p.askSetUp)
	s.Handle("POST /set-up", p.setUp)
	s.Handle("GET /account", p.show)
	s.Handle("POST /account/password", p.password)
	s.Handle("POST /account/revoke", p.revoke)
	s.Handle("POST /account/revoke-others", p.revokeOthers)
	s.Handle("POST /account/token", p.token)
	s.Handle("POST /account/glass", p.glass)
	s.Handle("POST /account/identity", p.identity)
	s.HandleTeam("POST /account/keys", p.keys)
}

// SignIn asks who somebody is.
type SignIn struct {
	Next     string
	Handle   string
	Wrong    string
	Provider bool
	Confirm  bool // somebody is signed in and proves it again
	Link     bool // by a one-time code
}

func (p Pages) ask(w http.ResponseWriter, r *site.Request) error {
	first, err := r.Site.Book.First(r.Context())
	if err != nil {
		return err
	}
	if first {
		return site.Back(w, r, "/set-up", "")
	}
	v := p.blank(r)
	v.Handle = r.Actor.Handle
	return signInPage.Render(w, r, http.StatusOK, v)
}

func (p Pages) blank(r *site.Request) SignIn {
	return SignIn{Next: auth.LocalPath(r.FormValue("next"), "/"), Provider: p.auth.Provider != nil, Confirm: r.SignedIn()}
}

func (p Pages) signIn(w http.ResponseWriter, r *site.Request) error {
	v := p.blank(r)
	v.Handle = strings.TrimSpace(r.PostFormValue("handle"))
	if _, err := p.auth.SignInPassword(w, r.Request, v.Handle, r.PostFormValue("password")); err != nil {
		return p.again(w, r, v, err)
	}
	return site.Back(w, r, v.Next, "")
}

// again asks once more, with the status that the failure has.
func (p Pages) again(w http.ResponseWriter, r *site.Request, v SignIn, err error) error {
	status := auth.Status(err)
	if status == 0 && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Forbidden) {
		return err
	}
	if status == 0 {
		status = http.StatusUnprocessableEntity
	}
	v.Wrong = err.Error()
	auth.SetHeaders(w.Header(), err)
	return signInPage.Render(w, r, status, v)
}

func (p Pages) askLink(w http.ResponseWriter, r *site.Request) error {
	v := p.blank(r)
	v.Link = true
	return signInPage.Render(w, r, http.StatusOK, v)
}

func (p Pages) link(w http.ResponseWriter, r *site.Request) error {
	v := p.blank(r)
	v.Link = true
	if _, err := p.auth.SignInLink(w, r.Request, strings.TrimSpace(r.PostFormValue("code"))); err != nil {
		return p.again(w, r, v, err)
	}
	return site.Back(w, r, "/account", "")
}

func (p Pages) signOut(w http.ResponseWriter, r *site.Request) error {
	if err := p.auth.SignOut(w, r.Request); err != nil {
		return err
	}
	return site.Back(w, r, "/", "")
}

// SetUp makes the first account.
type SetUp struct {
	Secret, Handle, Name, Wrong string
}

func (p Pages) askSetUp(w http.ResponseWriter, r *site.Request) error {
	first, err := r.Site.Book.First(r.Context())
	if err != nil {
		return err
	}
	if !first {
		return fault.New(fault.NotFound, "there is no such page")
	}
	return setUpPage.Render(w, r, http.StatusOK, SetUp{})
}

func (p Pages) setUp(w http.ResponseWriter, r *site.Request) error {
	v := SetUp{Secret: strings.TrimSpace(r.PostFormValue("secret")), Handle: strings.TrimSpace(r.PostFormValue("handle")), Name: strings.TrimSpace(r.PostFormValue("name"))}
	_, err := p.auth.SetUp(w, r.Request, v.Secret, v.Handle, casebook.Identity{Name: v.Name}, r.PostFormValue("password"))
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Forbidden) {
		v.Wrong = err.Error()
		return setUpPage.Render(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return site.Back(w, r, "/queue", "")
}

// Account is what somebody has.
type Account struct {
	Person      *casebook.Person
	Credentials []casebook.Credential
	Current     string
	Scopes      []casebook.Right
	Confirmed   bool
	Elevated    int64
	Keys        []site.ShortcutGroup
	Wrong       map[string]string // what is wrong with a key, by shortcut
}

func (p Pages) show(w http.ResponseWriter, r *site.Request) error {
	if !r.SignedIn() {
		return site.Back(w, r, "/sign-in?next=/account", "")
	}
	own, err := r.Site.Book.Shortcuts(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return p.account(w, r, http.StatusOK, Account{Keys: site.Chosen(own)})
}

// account shows the page.
func (p Pages) account(w http.ResponseWriter, r *site.Request, status int, v Account) error {
	person, err := r.Site.Book.Person(r.Context(), r.Actor, r.Actor.ID)
	if err != nil {
		return err
	}
	v.Person, v.Scopes, v.Confirmed = person, scopes, p.auth.Confirmed(r.Request) == nil
	if v.Credentials, v.Current, err = p.auth.Credentials(r.Request); err != nil {
		return err
	}
	if person.Elevated > r.Site.Book.Now().UnixMilli() {
		v.Elevated = person.Elevated
	}
	return accountPage.Render(w, r, status, v)
}

// keys keeps the keys that somebody chose, unless some clash: then it shows which, with all that was typed.
func (p Pages) keys(w http.ResponseWriter, r *site.Request) error {
	typed := func(id string) string { return r.PostFormValue("key-" + id) }
	chosen, wrong := site.ReadShortcuts(typed)
	if r.PostFormValue("reset") != "" {
		chosen, wrong = nil, nil
	}
	if len(wrong) > 0 {
		return p.account(w, r, http.StatusUnprocessableEntity, Account{Keys: site.Chosen(chosen), Wrong: wrong})
	}
	if err := r.Site.Book.KeepShortcuts(r.Context(), r.Actor, chosen); err != nil {
		return err
	}
	return site.Back(w, r, "/account#keys-own", "keys")
}

// scopes are what a token can be made for, the most harmless first.
var scopes = []casebook.Right{
	casebook.ReadCase, casebook.Submit, casebook.Import, casebook.AddEvidence, casebook.WriteTeam, casebook.WriteReporter,
	casebook.EditFacts, casebook.AssessCase, casebook.Assign, casebook.MoveCase, casebook.ReadAudit,
}

// confirmed leads to the proof that dangerous things ask for, where the last one is old.
func (p Pages) confirmed(w http.ResponseWriter, r *site.Request) bool {
	if p.auth.Confirmed(r.Request) == nil {
		return true
	}
	http.Redirect(w, r.Request, "/sign-in?next=/account", http.StatusSeeOther)
	return false
}

func (p Pages) password(w http.ResponseWriter, r *site.Request) error {
	if !p.confirmed(w, r) {
		return nil
	}
	if err := p.auth.SetPassword(r.Request, r.PostFormValue("password")); err != nil {
		return err
	}
	return site.Back(w, r, "/account", "password")
}

func (p Pages) revoke(w http.ResponseWriter, r *site.Request) error {
	if err := p.auth.Revoke(r.Request, r.PostFormValue("id")); err != nil {
		if auth.Status(err) == http.StatusUnauthorized {
			return site.Back(w, r, "/sign-in?next=/account", "")
		}
		return err
	}
	return site.Back(w, r, "/account", "revoked")
}

func (p Pages) revokeOthers(w http.ResponseWriter, r *site.Request) error {
	if err := p.auth.RevokeOthers(r.Request); err != nil {
		return err
	}
	return site.Back(w, r, "/account", "revoked")
}

// Token shows a new token, once.
type Token struct{ Secret, Label string }

func (p Pages) token(w http.ResponseWriter, r *site.Request) error {
	if !p.confirmed(w, r) {
		return nil
	}
	days, err := site.Number("days", r.PostFormValue("days"))
	if err != nil {
		return err
	}
	var wanted []casebook.Right
	for _, s := range r.PostForm["scope"] {
		if slices.Contains(scopes, casebook.Right(s)) {
			wanted = append(wanted, casebook.Right(s))
		}
	}
	secret, made, err := r.Site.Book.MakeToken(r.Context(), r.Write(), r.Actor.ID, r.PostFormValue("label"), wanted, time.Duration(days)*24*time.Hour)
	if err != nil {
		return err
	}
	return tokenPage.Render(w, r, http.StatusCreated, Token{secret, made.Label})
}

// glass is broken for an hour, with a reason that everybody can read later.
func (p Pages) glass(w http.ResponseWriter, r *site.Request) error {
	if !p.confirmed(w, r) {
		return nil
	}
	if _, err := r.Site.Book.BreakGlass(r.Context(), r.Write(), r.PostFormValue("reason")); err != nil {
		return err
	}
	return site.Back(w, r, "/account", "glass")
}

func (p Pages) identity(w http.ResponseWriter, r *site.Request) error {
	who := casebook.Identity{Name: strings.TrimSpace(r.PostFormValue("name")), Email: strings.TrimSpace(r.PostFormValue("email")), Credit: strings.TrimSpace(r.PostFormValue("credit"))}
	if _, err := r.Site.Book.SetIdentity(r.Context(), r.Write(), r.Actor.ID, who); err != nil {
		return err
	}
	return site.Back(w, r, "/account", "identity")
}
