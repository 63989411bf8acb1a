// Package quiet keeps the terminal from being asked for the colour of its background. Bubble Tea, which shows the
// questions of bugbar triage, asks as soon as a program begins that holds it, and waits for five seconds where a terminal
// does not answer: in every command, --help included.
//
// Go initializes packages in the order of their paths, each once all that it imports is. This one imports Lip Gloss alone,
// and its path comes before that of Bubble Tea: what would be asked is settled by then. All that hangs on
// it is the grey of the line of keys below a question, and the darker one can be read on either background.
package quiet

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
