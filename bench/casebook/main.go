// Command casebook measures the casebook: how long a million cases take to make (fill), how quickly lists,
// counts and searches of them answer (ask), and how many submissions a second become durable beside the
// machine's own limit (submit).
//
//	go run ./casebook fill -database PATH -n 1000000
//	go run ./casebook ask -database PATH
//	go run ./casebook ask -url http://localhost:8080 -token TOKEN
//	go run ./casebook ask -database PATH -sweep -rounds 3
//	go run ./casebook submit -database PATH
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/casebook/million"
)

func main() {
	commands := map[string]func(context.Context, []string) error{"fill": fill, "ask": ask, "submit": submit}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "casebook: fill, ask or submit")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](context.Background(), os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "casebook:", err)
		os.Exit(1)
	}
}

func open(ctx context.Context, database string) (*casebook.Book, error) {
	return casebook.Open(ctx, database, casebook.Options{Now: func() time.Time { return million.Now }})
}

// fill makes a casebook.
func fill(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("fill", flag.ExitOnError)
	database := flags.String("database", "", "an empty database")
	n := flags.Int("n", 1_000_000, "cases")
	seed := flags.Uint64("seed", 1, "of the chance")
	_ = flags.Parse(args)
	b, err := open(ctx, *database)
	if err != nil {
		return err
	}
	defer b.Close()
	begin := time.Now()
	if err := million.Fill(ctx, b, *n, *seed, func(done int) {
		if done%100000 == 0 {
			fmt.Printf("%d cases after %v\n", done, time.Since(begin).Round(time.Second))
		}
	}); err != nil {
		return err
	}
	fmt.Printf("%d cases in %v\n", *n, time.Since(begin).Round(time.Second))
	return nil
}
