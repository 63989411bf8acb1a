package main

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/casebook"
	"bugbar/internal/process"
)

//go:embed completion
var completionScripts embed.FS

type completionCmd struct {
	Shell string   `arg:"" enum:"bash,zsh,fish,words" help:"bash, zsh or fish."`
	Words []string `arg:"" optional:"" passthrough:"" hidden:"" help:"The words so far, as the scripts ask for them."`
}

// Help is shown by bugbar completion --help.
func (completionCmd) Help() string {
	return "bash: source <(bugbar completion bash)\nzsh: source <(bugbar completion zsh)\nfish: bugbar completion fish | source"
}

func (c *completionCmd) Run(a *app) error {
	if c.Shell == "words" {
		for _, word := range complete(a.model.Node, c.Words) {
			fmt.Fprintln(a.stdout, word)
		}
		return nil
	}
	script, err := completionScripts.ReadFile("completion/bugbar." + c.Shell)
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(script)
	return err
}

// complete lists what the last word can become, given those before it. All of it comes from the
// same model as the help, and from the bar.
func complete(node *kong.Node, words []string) []string {
	if len(words) > 0 && words[0] == "--" {
		words = words[1:] // what parts the scripts' words from our own
	}
	last := ""
	if len(words) > 0 {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	var flag *kong.Flag
	for _, word := range words {
		flag = flagOf(node, word)
		if next := child(node, word); next != nil {
			node = next
		}
	}
	var choices []string
	switch {
	case flag != nil && !flag.IsBool():
		choices = valuesOf(flag)
	case strings.HasPrefix(last, "-"):
		choices = flagNames(node)
	default:
		choices = append(childNames(node), argumentsOf(node, last)...)
	}
	return slices.DeleteFunc(choices, func(c string) bool { return !strings.HasPrefix(c, last) })
}

func child(node *kong.Node, name string) *kong.Node {
	for _, c := range node.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func childNames(node *kong.Node) []string {
	names := make([]string, 0, len(node.Children))
	for _, c := range node.Children {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
}

func flagOf(node *kong.Node, word string) *kong.Flag {
	for _, group := range node.AllFlags(true) {
		for _, f := range group {
			if "--"+f.Name == word {
				return f
			}
		}
	}
	return nil
}

func flagNames(node *kong.Node) []string {
	var names []string
	for _, group := range node.AllFlags(true) {
		for _, f := range group {
			names = append(names, "--"+f.Name)
		}
	}
	return names
}

func valuesOf(f *kong.Flag) []string {
	switch {
	case f.Name == "bar":
		return bars.Refs()
	case f.Name == "role" && f.Enum == "":
		return roleNames()
	case f.Name == "fact":
		return factWords("")
	case f.Enum != "":
		return f.EnumSlice()
	}
	return nil // a file: the shell's own completion
}

func roleNames() []string {
	names := make([]string, len(casebook.Roles))
	for i, r := range casebook.Roles {
		names[i] = string(r)
	}
	return names
}

// argumentsOf lists what the arguments of a command may be.
func argumentsOf(node *kong.Node, last string) []string {
	switch node.Path() {
	case "assess":
		return factWords(last)
	case "bar show":
		if b, err := bars.Load(bars.Default); err == nil {
			return append(pointNames(b), b.RowIDs()...)
		}
	case "bar lint", "bar diff":
		return bars.Refs()
	case "completion":
		return []string{"bash", "zsh", "fish"}
	case "fact":
		return factWords(last)
	case "move", "why":
		return states()
	case "cases":
		return queryWords()
	}
	return enumsOf(node)
}

// states lists what a case can be.
func states() []string { return process.Load().In(func(process.State) bool { return true }) }

// queryWords lists the filters of a query, with their values where these are few.
func queryWords() []string {
	all := []string{
		"type:", "outcome:", "product:", "assignee:me", "assignee:", "due:2d", "is:active", "is:closed", "is:embargoed", "is:unembargoed", "is:unassigned",
		"track:security", "track:content", "waiting:team", "waiting:reporter", "waiting:product", "waiting:other", "sort:due", "sort:updated", "sort:arrival",
	}
	for _, s := range states() {
		all = append(all, "state:"+s)
	}
	return all
}

// enumsOf lists the values of arguments that are one of a few.
func enumsOf(node *kong.Node) []string {
	var all []string
	for _, arg := range node.Positional {
		if arg.Enum != "" && !arg.Tag.Hidden {
			all = append(all, arg.EnumSlice()...)
		}
	}
	return all
}

// factWords lists point= and, once a point is written, point=value.
func factWords(last string) []string {
	b, err := bars.Load(bars.Default)
	if err != nil {
		return nil
	}
	name, _, _ := strings.Cut(last, "=")
	p, _ := b.Point(name)
	if p == nil || name == last {
		words := pointNames(b)
		for i := range words {
			words[i] += "="
		}
		return words
	}
	words := p.Names(p.All())
	for i := range words {
		words[i] = name + "=" + words[i]
	}
	return words
}

func pointNames(b *bar.Bar) []string {
	names := make([]string, len(b.Points))
	for i, p := range b.Points {
		names[i] = p.ID
	}
	return names
}
