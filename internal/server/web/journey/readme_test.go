package journey

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "take the pictures of the README anew")

// TestReadmePictures holds the README to its pictures, which are of the demonstration.
func TestReadmePictures(t *testing.T) {
	t.Parallel()
	const root = "../../../../"
	readme, err := os.ReadFile(root + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"docs/queue.png", "docs/case.png"} {
		if _, err := os.Stat(root + name); err != nil && !*update || !strings.Contains(string(readme), name) {
			t.Errorf("the README shows %s, made with -update: %v", name, err)
		}
	}
	if !*update {
		return
	}
	w := year(t)
	tab := w.open(look{width: 1280, height: 800})
	tab.signIn("lee")
	for name, address := range map[string]string{"queue.png": "/queue", "case.png": "/queue?q=is%3Aactive+outcome%3Acritical"} {
		tab.visit(address)
		if name == "case.png" {
			tab.follow("a[data-open]")
		}
		picture, err := chromedp.Run(tab.page, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "docs", name), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
