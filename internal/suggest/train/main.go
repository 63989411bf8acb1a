// Command train writes the embedded model of package suggest from labelled cases.
//
// Usage: train [-seed N] CASES OUT
//
// CASES is a file of lines as package eval reads them, or a folder of such files. Nothing of their
// texts goes into the model but hashes and weights.
package main

import (
	"flag"
	"fmt"
	"os"

	"bugbar/bars"
	"bugbar/internal/suggest"
	"bugbar/internal/suggest/eval"
)

func main() {
	seed := flag.Uint64("seed", 1, "decides the order in which examples are visited")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: train [-seed N] CASES OUT")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Arg(1), *seed); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(from, to string, seed uint64) error {
	b, err := bars.Load(bars.Default)
	if err != nil {
		return err
	}
	cases, err := eval.Load(b, from)
	if err != nil {
		return err
	}
	m, err := suggest.Train(b, cases, seed)
	if err != nil {
		return err
	}
	data, err := m.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
