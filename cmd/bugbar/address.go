package main

import (
	"errors"
	"net/url"
	"strconv"
)

// webAddress is where people reach the pages: it stands as a link in what they are sent.
type webAddress string

// UnmarshalText reads an address of the web; an empty one is none. What is refused is not repeated: it may hold a password.
func (w *webAddress) UnmarshalText(text []byte) error {
	if len(text) > 0 && !isOrigin(string(text)) {
		return errors.New("no address of the web: give it without a path, as https://bugs.example.org")
	}
	*w = webAddress(text)
	return nil
}

// isOrigin says whether an address has a scheme and a host, maybe a port, and nothing else.
func isOrigin(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return false
	}
	if _, err := strconv.ParseUint(u.Port(), 10, 16); err != nil && u.Port() != "" {
		return false
	}
	return u.User == nil && (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == ""
}
