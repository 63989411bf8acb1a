package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"bugbar/internal/casebook/million"
)

// filters are values of each, common ones and rare ones.
var filters = [][]string{
	{"state:closed", "state:retest"},
	{"type:prompt-injection", "type:model-theft"},
	{"outcome:critical", "outcome:undetermined"},
	{`product:"Copilot Chat"`, "product:Kiosk"},
	{"track:content", "track:security"},
	{"waiting:team", "waiting:reporter", "waiting:product"},
	{"assignee:u01", "assignee:u15", "is:unassigned"},
	{"due:<2d", "due:<90d"},
	{"is:active", "is:closed"},
	{"is:embargoed", "is:unembargoed"},
}

// sweep are questions that nobody thought of in particular: each filter alone, with each other, and with words, as a list in every
// order and as a count.
func sweep(a asker) []*kind {
	var all []*kind
	add := func(query string, orders ...string) {
		all = append(all, &kind{name: "count " + query, ask: func(ctx context.Context) error {
			_, err := a.count(ctx, query)
			return err
		}})
		for _, order := range orders {
			all = append(all, &kind{name: "list " + query + order, ask: func(ctx context.Context) error {
				_, _, err := a.list(ctx, query+order, "")
				return err
			}})
		}
	}
	words := []string{million.Word(0), million.Word(10), million.Word(300), million.Word(2000), million.Word(30000), million.Word(5) + " " + million.Word(800)}
	for i, of := range filters {
		for _, f := range of {
			add(f, "", " sort:updated", " sort:arrival")
			for _, others := range filters[i+1:] {
				for _, other := range others {
					add(f+" "+other, "", " sort:updated", " sort:arrival")
				}
			}
			for _, w := range words {
				add(w+" "+f, "")
			}
		}
	}
	return all
}

// showSlowest tells of many questions how many were slow, and the slowest; their times are sorted.
func showSlowest(kinds []*kind) {
	middle := func(k *kind) time.Duration { return k.times[len(k.times)/2] }
	slices.SortFunc(kinds, func(x, y *kind) int { return cmp.Compare(middle(y), middle(x)) })
	slow := func(most time.Duration) (n int) {
		for n < len(kinds) && middle(kinds[n]) > most {
			n++
		}
		return n
	}
	fmt.Printf("%d questions; %d took more than 20 ms, %d more than 100 ms; half of all took at most %.1f ms\n\n", len(kinds), slow(20*time.Millisecond), slow(100*time.Millisecond), ms(middle(kinds[len(kinds)/2])))
	fmt.Printf("| the slowest | median, ms | worst, ms |\n| --- | ---: | ---: |\n")
	for _, k := range kinds[:min(20, len(kinds))] {
		fmt.Printf("| %s | %.1f | %.1f |\n", k.name, ms(middle(k)), ms(k.times[len(k.times)-1]))
	}
}
