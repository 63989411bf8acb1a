package web

import (
	"reflect"
	"testing"

	"bugbar/internal/server/web/site"
)

// TestNothing keeps the package's test file until pages have their own.
func TestPagesHaveTemplates(t *testing.T) {
	t.Parallel()
	for i, p := range pages(Config{}) {
		if p.register == nil || len(p.templates) == 0 {
			t.Errorf("page %d has no handlers or templates", i)
		}
		for _, tmpl := range p.templates {
			if tmpl.Parsed().Lookup("main") == nil {
				t.Errorf("%s has no main part", tmpl.Name())
			}
		}
	}
	_ = reflect.TypeFor[site.Frame]()
}
