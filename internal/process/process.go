// Package process holds the life of a case as data: the states, the moves between them with the roles
// that may make them and the guards that must hold, the clocks with their triggers, and the replies that are
// often sent. It knows no case: package casebook has the guards' conditions, what triggers a clock, and the values of
// variables.
package process

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
)

// Process is the whole of it.
type Process struct {
	States    []State           `yaml:"states"`
	Moves     []Move            `yaml:"moves"`
	Guards    map[string]string `yaml:"guards"` // what each asks for, in a sentence
	Deadlines []Deadline        `yaml:"deadlines"`
	Replies   []Reply           `yaml:"replies"`
	Variables []Variable        `yaml:"variables"` // what can stand in replies
}

// State is one that a case can be in.
type State struct {
	ID       string `yaml:"id" json:"id"`
	Name     string `yaml:"name" json:"name"`
	Step     int    `yaml:"step" json:"step"`   // of the five that a reporter sees
	Stage    string `yaml:"stage" json:"stage"` // intake | program | resolved | approved
	Active   bool   `yaml:"active" json:"active"`
	Terminal bool   `yaml:"terminal" json:"terminal,omitempty"`
	Waiting  string `yaml:"waiting" json:"waiting,omitempty"` // for whom; empty for the team
}

// Before stands as the To of a move that returns to the state which a question interrupted.
const Before = "before"

// Move leads from one of several states to another.
type Move struct {
	From    []string `yaml:"from"`
	To      string   `yaml:"to"`
	Who     []string `yaml:"who"`
	Guards  []string `yaml:"guards"`
	Asks    []string `yaml:"asks"` // what the mover must give
	Appeal  bool     `yaml:"appeal"`
	Decides bool     `yaml:"decides"` // the move is a decision of its own, beside that of the assessor
}

// Deadline is a kind of clock.
type Deadline struct {
	ID        string     `yaml:"id"`
	Name      string     `yaml:"name"`
	Basis     string     `yaml:"basis"` // who agreed on it, or the law
	Statutory bool       `yaml:"statutory"`
	Start     Trigger    `yaml:"start"`
	After     Duration   `yaml:"after"`
	Again     string     `yaml:"again"` // the state that starts it anew, where it does not run
	Stop      Stop       `yaml:"stop"`
	Warn      Duration   `yaml:"warn"`   // how long before the end somebody is told
	Remind    []Duration `yaml:"remind"` // how long after the start the one waited for is reminded
	Waiting   string     `yaml:"waiting"`
}

// Trigger starts a clock when all that it names holds, and did not before.
type Trigger struct {
	Event   string `yaml:"event"`
	State   string `yaml:"state"`
	Flag    string `yaml:"flag"`
	Embargo bool   `yaml:"embargo"`
}

// Stop ends a clock when one of the things that it names happens.
type Stop struct {
	Event    string   `yaml:"event"`
	States   []string `yaml:"states"`
	Left     string   `yaml:"left"`
	Terminal bool     `yaml:"terminal"`
	Filed    bool     `yaml:"filed"` // a person records it
}

// Reply is a text that reporters are often sent.
type Reply struct {
	Name string `yaml:"name"`
	Body string `yaml:"body"`
}

// Variable stands in a reply as {{name}}, for something that differs from case to case.
type Variable struct {
	Name    string `yaml:"name"`
	Means   string `yaml:"means"`
	Example string `yaml:"example"`
}

// Duration is a time.Duration that YAML writes as 72h.
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Words are the duration as people say it: 3 days, 24 hours.
func (d Duration) Words() string {
	hours := int(time.Duration(d).Hours())
	if hours%24 == 0 && hours >= 48 {
		return fmt.Sprintf("%d days", hours/24)
	}
	return fmt.Sprintf("%d hours", hours)
}

//go:embed states.yaml
var states []byte

//go:embed deadlines.yaml
var deadlines []byte

//go:embed replies.yaml
var replies []byte

// Load returns the process that ships.
var Load = sync.OnceValue(func() *Process {
	p := &Process{}
	for _, text := range [][]byte{states, deadlines, replies} {
		in := yaml.NewDecoder(bytes.NewReader(text))
		in.KnownFields(true)
		if err := in.Decode(p); err != nil {
			panic(fmt.Sprintf("the embedded process: %v", err)) // a test reads it
		}
	}
	return p
})

// State returns a state.
func (p *Process) State(id string) (State, bool) {
	i := slices.IndexFunc(p.States, func(s State) bool { return s.ID == id })
	if i < 0 {
		return State{}, false
	}
	return p.States[i], true
}

// In lists the states that a condition picks.
func (p *Process) In(pick func(State) bool) []string {
	var ids []string
	for _, s := range p.States {
		if pick(s) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// MovesFrom lists the moves that lead out of a state.
func (p *Process) MovesFrom(state string) []Move {
	var out []Move
	for _, m := range p.Moves {
		if slices.Contains(m.From, state) {
			out = append(out, m)
		}
	}
	return out
}

// FiledDeadlines lists the ids of the clocks that stop when somebody records a filing.
func (p *Process) FiledDeadlines() []string {
	var ids []string
	for _, d := range p.Deadlines {
		if d.Stop.Filed {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// Deadline returns a kind of clock.
func (p *Process) Deadline(id string) (Deadline, bool) {
	i := slices.IndexFunc(p.Deadlines, func(d Deadline) bool { return d.ID == id })
	if i < 0 {
		return Deadline{}, false
	}
	return p.Deadlines[i], true
}
