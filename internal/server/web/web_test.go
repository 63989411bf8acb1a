package web

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/jba/templatecheck"

	"bugbar/bars"
	"bugbar/internal/casebook"
	"bugbar/internal/process"
	"bugbar/internal/server/web/about"
	"bugbar/internal/server/web/account"
	"bugbar/internal/server/web/admin"
	"bugbar/internal/server/web/bulk"
	"bugbar/internal/server/web/casefile"
	"bugbar/internal/server/web/dashboards"
	"bugbar/internal/server/web/queue"
	"bugbar/internal/server/web/reassess"
	"bugbar/internal/server/web/replies"
	"bugbar/internal/server/web/report"
	"bugbar/internal/server/web/rulebook"
	"bugbar/internal/server/web/scans"
	"bugbar/internal/server/web/site"
	"bugbar/internal/server/web/texts"
)

// framed is a site.Frame whose page has a type, so that a template can be checked against it: Page here hides
// the one of the frame, which may be anything.
type framed[P any] struct {
	site.Frame
	Page P
}

// views are the types that pages give to their templates, by the name that a template's first line says.
var views = map[string]any{
	"about.Home": framed[about.Home]{}, "about.Policy": framed[about.Policy]{}, "about.Thanks": framed[about.Thanks]{}, "about.Keys": framed[about.Keys]{},
	"account.SignIn": framed[account.SignIn]{}, "account.SetUp": framed[account.SetUp]{}, "account.Account": framed[account.Account]{}, "account.Token": framed[account.Token]{},
	"admin.View": framed[admin.View]{}, "admin.Link": framed[admin.Link]{}, "admin.Audit": framed[admin.Audit]{}, "admin.Health": framed[admin.Health]{}, "admin.Webhooks": framed[admin.Webhooks]{}, "admin.Secret": framed[admin.Secret]{},
	"bulk.View":         framed[bulk.View]{},
	"casefile.Overview": framed[casefile.Overview]{}, "casefile.Thread": framed[casefile.Thread]{}, "casefile.History": framed[casefile.History]{}, "casefile.Evidence": framed[casefile.Evidence]{},
	"casefile.Duplicates": framed[casefile.Duplicates]{}, "casefile.People": framed[casefile.People]{}, "casefile.Conflict": framed[casefile.Conflict]{}, "casefile.Here": framed[casefile.Here]{},
	"dashboards.View": framed[dashboards.View]{}, "queue.View": framed[queue.View]{}, "reassess.View": framed[reassess.View]{},
	"replies.List": framed[replies.List]{}, "replies.Edit": framed[replies.Edit]{},
	"report.Start": framed[report.Start]{}, "report.Form": framed[report.Form]{}, "report.Receipt": framed[report.Receipt]{}, "report.Key": framed[report.Key]{}, "report.Status": framed[report.Status]{}, "report.Mine": framed[report.Mine]{},
	"rulebook.Book": framed[rulebook.Book]{}, "rulebook.Row": framed[rulebook.Row]{}, "rulebook.Point": framed[rulebook.Point]{}, "rulebook.Walk": framed[rulebook.Walk]{}, "rulebook.Compare": framed[rulebook.Compare]{},
	"scans.Start": framed[scans.Start]{}, "scans.Task": framed[scans.Task]{},
}

var firstLine = regexp.MustCompile(`^\{\{- /\* ([a-z]+\.[A-Z][A-Za-z]*) \*/ -\}\}`)

// TestTemplatesAreTyped checks every page's template, and the frame around it, against the type of its view.
func TestTemplatesAreTyped(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("*/*.html")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{} // FOLDER/FILE to type
	for _, file := range folders {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if m := firstLine.FindSubmatch(data); m != nil {
			named[file] = string(m[1])
		}
	}
	for _, p := range pages(Config{}) {
		folder := folderOf(p)
		for _, tmpl := range p.templates {
			name := named[folder+"/"+tmpl.Name()]
			view, known := views[name]
			if !known {
				t.Errorf("%s/%s: its first line names %q, which is no view that this test knows", folder, tmpl.Name(), name)
				continue
			}
			if tmpl.Parsed().Lookup("main") == nil {
				t.Errorf("%s/%s has no main part", folder, tmpl.Name())
			}
			if err := templatecheck.CheckHTML(tmpl.Parsed(), view); err != nil {
				t.Errorf("%s/%s: %v", folder, tmpl.Name(), err)
			}
		}
	}
}

// folderOf finds a page's folder by the templates that it lists.
func folderOf(p page) string {
	for folder, list := range map[string][]*site.Template{
		"about": about.Templates, "account": account.Templates, "admin": admin.Templates, "bulk": bulk.Templates, "casefile": casefile.Templates, "dashboards": dashboards.Templates,
		"queue": queue.Templates, "reassess": reassess.Templates, "replies": replies.Templates, "report": report.Templates, "rulebook": rulebook.Templates, "scans": scans.Templates,
	} {
		if len(p.templates) > 0 && reflect.ValueOf(list).Pointer() == reflect.ValueOf(p.templates).Pointer() {
			return folder
		}
	}
	return ""
}

var (
	literal = regexp.MustCompile(`\bt "([a-z0-9.-]+)"`)
	printed = regexp.MustCompile(`\bt \(print "([a-z0-9.-]+\.)"`)
	inGo    = regexp.MustCompile(`T\("([a-z0-9.-]+)"\)`)
	prefix  = regexp.MustCompile(`T\("([a-z0-9.-]+\.)"\s*\+|key := "([a-z0-9.-]+\.)"\s*\+`)
	quoted  = regexp.MustCompile(`"([a-z0-9.-]+)"`)
)

// TestCatalogue holds templates and catalogue to each other: every key that is used is there, and every one that is
// there is used.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	words := texts.English()
	used, prefixes := map[string]bool{}, map[string]bool{}
	for _, file := range sources(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, m := range append(literal.FindAllStringSubmatch(text, -1), inGo.FindAllStringSubmatch(text, -1)...) {
			used[m[1]] = true
			if _, known := words[m[1]]; !known {
				t.Errorf("%s uses %q, which the catalogue does not have", file, m[1])
			}
		}
		for _, m := range append(printed.FindAllStringSubmatch(text, -1), prefix.FindAllStringSubmatch(text, -1)...) {
			prefixes[m[1]+strings.Join(m[2:], "")] = true
		}
		if strings.HasSuffix(file, ".go") {
			for _, m := range quoted.FindAllStringSubmatch(text, -1) {
				used[m[1]] = true // a key that is chosen in Go
			}
		}
	}
	for key := range words {
		if !used[key] && !begins(key, prefixes) {
			t.Errorf("nothing uses %q", key)
		}
	}
	for p := range prefixes {
		if !leads(p, words) {
			t.Errorf("no key begins with %q", p)
		}
	}
}

func sources(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*/*.html", "*/*/*.html", "*/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) < 40 {
		t.Fatalf("only %d files", len(all))
	}
	return all
}

func begins(key string, prefixes map[string]bool) bool {
	for p := range prefixes {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

func leads(p string, words texts.Catalogue) bool {
	for key := range words {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

// TestCatalogueIsComplete holds the keys that are put together at run time to what there is.
func TestCatalogueIsComplete(t *testing.T) {
	t.Parallel()
	words := texts.English()
	has := func(key string) {
		if _, known := words[key]; !known {
			t.Errorf("the catalogue has no %q", key)
		}
	}
	for _, kind := range casebook.Kinds() {
		has("event." + kind)
	}
	for _, d := range process.Load().Deadlines {
		has("deadline." + d.ID)
	}
	for _, ref := range bars.Refs() {
		b, err := bars.Load(ref)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range b.Outcomes {
			has("outcome." + o.ID)
		}
	}
}
