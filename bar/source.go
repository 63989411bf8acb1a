package bar

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// sources remembers on which line each part of a bar's YAML files stands: file, then path, for
// instance "values[2].text".
type sources map[string]map[string]int

func (s sources) line(file, where string) int { return s[file][where] }

// add indexes a file that has already been decoded once, so it parses.
func (s sources) add(file string, data []byte) {
	var root yaml.Node
	if yaml.Unmarshal(data, &root) != nil || len(root.Content) == 0 {
		return
	}
	lines := map[string]int{}
	indexLines(root.Content[0], "", lines)
	s[file] = lines
}

func indexLines(n *yaml.Node, where string, lines map[string]int) {
	lines[where] = n.Line
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if where != "" {
				key = where + "." + key
			}
			indexLines(n.Content[i+1], key, lines)
			lines[key] = n.Content[i].Line
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			indexLines(item, fmt.Sprintf("%s[%d]", where, i), lines)
		}
	}
}

// Answers are values of a decision point: one, or several that are still possible.
type Answers []string

// UnmarshalYAML accepts a value or a list of values.
func (a *Answers) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*a = Answers{n.Value}
		return nil
	}
	var list []string
	err := n.Decode(&list)
	*a = list
	return err
}
