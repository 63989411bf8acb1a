package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct{}

func (manCmd) Run(a *app) error { return writeMan(a.stdout, a.model) }

// writeMan writes the man page in the man(7) macros, from the same model as the help.
func writeMan(w io.Writer, model *kong.Application) error {
	var out strings.Builder
	fmt.Fprintf(&out, ".TH BUGBAR 1\n.SH NAME\nbugbar \\- %s\n", roff(strings.TrimSuffix(lowerFirst(model.Help), ".")))
	out.WriteString(".SH SYNOPSIS\n.B bugbar\n.I command\n[\n.I arguments\n]\n.SH COMMANDS\n")
	for _, leaf := range model.Leaves(true) {
		manCommand(&out, leaf)
	}
	out.WriteString(".SH EXIT STATUS\n")
	for _, e := range exitMeanings {
		fmt.Fprintf(&out, ".TP\n.B %d\n%s\n", e.code, roff(e.meaning))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func manCommand(out *strings.Builder, leaf *kong.Node) {
	fmt.Fprintf(out, ".SS \"%s\"\n%s\n", roff(strings.TrimPrefix(leaf.Summary(), "bugbar ")), roff(leaf.Help))
	if leaf.Detail != "" {
		for line := range strings.Lines(leaf.Detail) {
			fmt.Fprintf(out, ".br\n%s\n", roff(strings.TrimSpace(line)))
		}
	}
	for _, arg := range leaf.Positional {
		if !arg.Target.IsValid() || arg.Tag.Hidden {
			continue
		}
		fmt.Fprintf(out, ".TP\n.I %s\n%s\n", roff(arg.Name), roff(arg.Help))
	}
	for _, f := range leaf.Flags {
		if f.Hidden {
			continue
		}
		fmt.Fprintf(out, ".TP\n.B %s\n%s\n", roff("--"+flagUse(f)), roff(f.Help))
	}
}

func flagUse(f *kong.Flag) string {
	switch {
	case f.IsBool():
		return f.Name
	case f.PlaceHolder != "":
		return f.Name + "=" + f.PlaceHolder
	}
	return f.Name + "=" + strings.ToUpper(f.Name)
}

var roffSpecial = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`)

// roff escapes text for man(7); a line must not begin with a dot.
func roff(text string) string {
	text = roffSpecial.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
