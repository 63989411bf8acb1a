//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"

	"bugbar/bar"
	"bugbar/bench/cases"
)

// writeQueue writes n lines as a queue of reports holds them: complete facts that repeat, a third
// of them with one answer still missing, each with an id.
func writeQueue(w io.Writer, b *bar.Bar, random *rand.Rand, n int) error {
	out := bufio.NewWriter(w)
	complete := cases.Complete(b)
	for i := range n {
		values := complete[random.IntN(len(complete))].Facts.Values()
		if random.IntN(3) == 0 {
			values[random.IntN(len(values))] = ""
		}
		fmt.Fprintf(out, `{"id":"case-%07d"`, i)
		for j, v := range values {
			if v != "" {
				fmt.Fprintf(out, `,%q:%q`, b.Points[j].ID, v)
			}
		}
		fmt.Fprintln(out, "}")
	}
	return out.Flush()
}

// writeDifferent writes n lines that hardly ever repeat: a random set of values for each decision
// point.
func writeDifferent(w io.Writer, b *bar.Bar, random *rand.Rand, n int) error {
	out := bufio.NewWriter(w)
	for range n {
		separator := "{"
		for _, p := range b.Points {
			fmt.Fprintf(out, `%s%q:`, separator, p.ID)
			writeList(out, p.Names(bar.Set(1+random.Uint64N(uint64(p.All())))))
			separator = ","
		}
		fmt.Fprintln(out, "}")
	}
	return out.Flush()
}

// writeList writes one value as a string and several as a list.
func writeList(w io.Writer, values []string) {
	if len(values) == 1 {
		fmt.Fprintf(w, "%q", values[0])
		return
	}
	for i, v := range values {
		fmt.Fprintf(w, "%c%q", "[,"[min(i, 1)], v)
	}
	fmt.Fprint(w, "]")
}
