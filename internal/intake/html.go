package intake

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hiding finds styles that keep text from the eye.
var hiding = regexp.MustCompile(`(?i)display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt)?\s*(?:;|$)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|color\s*:\s*(?:#fff(?:fff)?|white)\b`)

// htmlText is the text of an HTML document. Text that its style hides is kept in marks, since it may
// be meant for another reader than the triager; hidden counts such pieces.
func htmlText(document string) (text string, hidden int) {
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		return document, 0
	}
	w := &htmlWriter{styles: map[string]bool{}}
	w.hiddenClasses(root, 0)
	w.node(root, 0)
	return strings.TrimSpace(strings.Join(w.lines(), "\n")), w.hidden
}

type htmlWriter struct {
	b      strings.Builder
	styles map[string]bool // classes that hide
	hidden int
}

const maxHTMLDepth = 500

var classRule = regexp.MustCompile(`\.([A-Za-z][\w-]*)\s*\{([^}]*)\}`)

// hiddenClasses notes the classes that a style sheet hides.
func (w *htmlWriter) hiddenClasses(n *html.Node, depth int) {
	if n.Type == html.ElementNode && n.DataAtom == atom.Style && n.FirstChild != nil {
		for _, rule := range classRule.FindAllStringSubmatch(n.FirstChild.Data, 1000) {
			if hiding.MatchString(rule[2]) {
				w.styles[rule[1]] = true
			}
		}
	}
	for c := n.FirstChild; c != nil && depth < maxHTMLDepth; c = c.NextSibling {
		w.hiddenClasses(c, depth+1)
	}
}

func (w *htmlWriter) node(n *html.Node, depth int) {
	switch {
	case depth > maxHTMLDepth:
		return
	case n.Type == html.TextNode:
		w.b.WriteString(n.Data)
		return
	case n.Type == html.CommentNode:
		w.hidden++
		w.b.WriteString("[hidden comment: " + n.Data + "]")
		return
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Template:
		return
	case atom.Br, atom.P, atom.Div, atom.Li, atom.Tr, atom.H1, atom.H2, atom.H3, atom.H4, atom.Pre, atom.Blockquote:
		w.b.WriteByte('\n')
	}
	hides := w.hides(n)
	if hides {
		w.hidden++
		w.b.WriteString(" [hidden: ")
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c, depth+1)
	}
	if hides {
		w.b.WriteString("] ")
	}
}

func (w *htmlWriter) hides(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			return hiding.MatchString(a.Val)
		case "class":
			for _, class := range strings.Fields(a.Val) {
				if w.styles[class] {
					return true
				}
			}
		}
	}
	return false
}

// lines are the written lines with runs of space folded.
func (w *htmlWriter) lines() []string {
	var out []string
	for _, line := range strings.Split(w.b.String(), "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line != "" || (len(out) > 0 && out[len(out)-1] != "") {
			out = append(out, line)
		}
	}
	return out
}
