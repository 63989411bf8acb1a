package auth

import (
	"net/url"
	"strings"
)

// LocalPath is a path on this server to go back to after a form; another one for anything else. A browser takes
// backslashes for slashes and skips tabs and line ends, so none of them are let through.
func LocalPath(path, otherwise string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) || len(path) > 2000 {
		return otherwise
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return otherwise
	}
	return path
}
