package auth

import (
	"net/http"
	"time"
)

// The cookies: all of them are opaque, and none can be read by a script.
const (
	sessionCookie = "bugbar"
	deviceCookie  = "bugbar-device" // a browser that somebody signed in with before
	stepCookie    = "bugbar-step"   // between two steps of a ceremony
)

// stepTime is how long a ceremony may take.
const stepTime = 10 * time.Minute

// deviceTime is how long a browser is known.
const deviceTime = 180 * 24 * time.Hour

// cookieName has a prefix under TLS by which browsers let no other host and no plain connection set it.
func (a *Auth) cookieName(name string) string {
	if a.secure() {
		return "__Host-" + name
	}
	return name
}

func (a *Auth) secure() bool { return a.URL.Scheme == "https" }

func (a *Auth) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(a.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

func (a *Auth) keep(w http.ResponseWriter, name, value string, lasts time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: a.cookieName(name), Value: value, Path: "/", MaxAge: int(lasts.Seconds()), Secure: a.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (a *Auth) forget(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: a.cookieName(name), Path: "/", MaxAge: -1, Secure: a.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
