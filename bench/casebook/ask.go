package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/casebook/million"
)

// asker answers the questions of a load: a casebook in this process, or a server.
type asker interface {
	list(ctx context.Context, query, after string) (ids []string, next string, err error)
	count(ctx context.Context, query string) (int64, error)
	read(ctx context.Context, id string) error
}

// kind is a sort of question, and what was measured of it.
type kind struct {
	name  string
	ask   func(ctx context.Context) error
	times []time.Duration
	cpu   time.Duration // of this process, in all
}

// ask measures how quickly a casebook of million answers. Every question is asked by somebody who must not see every case.
func ask(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("ask", flag.ExitOnError)
	database := flags.String("database", "", "a filled database, asked in this process")
	base := flags.String("url", "", "a server, asked through its API")
	token := flags.String("token", "", "for the server")
	who := flags.String("as", "u00", "who asks the database: u00 triages, u02 sees only what names them")
	rounds := flags.Int("rounds", 300, "in which each kind of question is asked once")
	every := flags.Bool("sweep", false, "ask every filter, pair of filters, and filter with words instead")
	only := flags.String("only", "", "the questions with this in their names")
	profile := flags.String("profile", "", "a file for a profile of the processor")
	_ = flags.Parse(args)
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	var a asker = &remote{base: *base, token: *token}
	if *base == "" {
		b, err := open(ctx, *database)
		if err != nil {
			return err
		}
		defer b.Close()
		if a, err = localTo(ctx, b, *who); err != nil {
			return err
		}
	}
	kinds := sweep(a)
	if !*every {
		var err error
		if kinds, err = questions(ctx, a); err != nil {
			return err
		}
	}
	kinds = slices.DeleteFunc(kinds, func(k *kind) bool { return !strings.Contains(k.name, *only) })
	pace := time.Duration(0)
	if *base != "" {
		pace = paceOfServer
	}
	if err := measure(ctx, kinds, *rounds, pace); err != nil {
		return err
	}
	if *every {
		showSlowest(kinds)
	} else {
		showEach(kinds)
	}
	if *base == "" {
		return showMemory()
	}
	return nil
}

// measure asks each kind of question once in each round; its times are sorted.
func measure(ctx context.Context, kinds []*kind, rounds int, pace time.Duration) error {
	for range rounds {
		for _, k := range kinds {
			begin, before := time.Now(), spent()
			if err := k.ask(ctx); err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			k.cpu += spent() - before
			k.times = append(k.times, time.Since(begin))
			time.Sleep(pace)
		}
	}
	for _, k := range kinds {
		slices.Sort(k.times)
	}
	return nil
}

func showEach(kinds []*kind) {
	fmt.Printf("| question | median, ms | 99 %%, ms | worst, ms | processor, ms |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, k := range kinds {
		fmt.Printf("| %s | %.1f | %.1f | %.1f | %.1f |\n", k.name, ms(k.times[len(k.times)/2]), ms(k.times[len(k.times)*99/100]), ms(k.times[len(k.times)-1]), ms(k.cpu/time.Duration(len(k.times))))
	}
}

func showMemory() error {
	status, err := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM") {
			fmt.Print("\nmemory at most: ", strings.TrimSpace(strings.TrimPrefix(line, "VmHWM:")), "\n")
		}
	}
	return err
}

// paceOfServer lies between two questions, so that a server does not hold them for too many.
const paceOfServer = 25 * time.Millisecond

// spent is the time of the processor that this process has had.
func spent() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // never fails for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// questions are of every kind. A deep page is one that is read on from far down a list.
func questions(ctx context.Context, a asker) ([]*kind, error) {
	rnd := rand.New(rand.NewPCG(7, 7))
	ids, deep, err := descend(ctx, a, "is:active", 60)
	if err != nil {
		return nil, err
	}
	_, found, err := descend(ctx, a, million.Word(20), 60)
	if err != nil {
		return nil, err
	}
	list := func(name string, query func() string, after func() string) *kind {
		return &kind{name: name, ask: func(ctx context.Context) error {
			_, _, err := a.list(ctx, query(), after())
			return err
		}}
	}
	count := func(name string, query func() string) *kind {
		return &kind{name: name, ask: func(ctx context.Context) error {
			_, err := a.count(ctx, query())
			return err
		}}
	}
	none := func() string { return "" }
	fixed := func(s string) func() string { return func() string { return s } }
	word := func(from, to int) func() string {
		return func() string { return million.Word(from + rnd.IntN(to-from)) }
	}
	return []*kind{
		list("queue, first page", fixed("is:active"), none),
		list("queue, deep page", fixed("is:active"), func() string { return deep[rnd.IntN(len(deep))] }),
		list("list by type and state", func() string {
			return "type:" + million.Pick(rnd, million.Types) + " state:" + million.Pick(rnd, million.States)
		}, none),
		list("list by product, open, due soon", func() string { return `is:active due:<2d product:"` + million.Pick(rnd, million.Products) + `"` }, none),
		list("list by assignee, by change", func() string { return fmt.Sprintf("assignee:%s sort:updated", million.Handle(rnd.IntN(20))) }, none),
		list("list by outcome, by arrival", fixed("outcome:critical sort:arrival"), none),
		{name: "case", ask: func(ctx context.Context) error { return a.read(ctx, ids[rnd.IntN(len(ids))]) }},
		list("search, rare word", word(20000, 60000), none),
		list("search, middling word", word(500, 5000), none),
		list("search, common word", word(0, 30), none),
		list("search, deep page", fixed(million.Word(20)), func() string { return found[rnd.IntN(len(found))] }),
		list("search, two words", func() string { return word(0, 30)() + " " + word(500, 5000)() }, none),
		list("search, common word and filter", func() string { return word(0, 30)() + " type:model-theft is:active" }, none),
		list("search, no hit", fixed("xylophonequartz"), none),
		count("count, all", fixed("")),
		count("count, active", fixed("is:active")),
		count("count, by product and state", func() string { return `state:closed product:"` + million.Pick(rnd, million.Products) + `"` }),
		count("count, middling word", word(500, 5000)),
		count("count, common word", word(0, 30)),
	}, nil
}

// descend reads a list for some pages, and collects ids and where the pages begin.
func descend(ctx context.Context, a asker, query string, pages int) (ids, places []string, err error) {
	after := ""
	for range pages {
		page, next, err := a.list(ctx, query, after)
		if err != nil {
			return nil, nil, err
		}
		ids = append(ids, page...)
		if after = next; next == "" {
			break
		}
		places = append(places, next)
	}
	if len(places) == 0 {
		return nil, nil, errors.New("the casebook is too small to be measured: its queue has one page")
	}
	return ids, places, nil
}

// local asks a casebook in this process.
type local struct {
	book  *casebook.Book
	actor casebook.Actor
}

func localTo(ctx context.Context, b *casebook.Book, handle string) (*local, error) {
	p, err := b.PersonCalled(ctx, handle)
	if err != nil {
		return nil, err
	}
	actor, err := p.Actor()
	return &local{b, actor}, err
}

func (l *local) list(ctx context.Context, query, after string) ([]string, string, error) {
	q, err := casebook.ParseQuery(query)
	if err != nil {
		return nil, "", err
	}
	q.After = after
	page, err := l.book.List(ctx, l.actor, q)
	var ids []string
	for _, c := range page.Cases {
		if !c.Restricted { // a look at those is an event
			ids = append(ids, c.ID.String())
		}
	}
	return ids, page.Next, err
}

func (l *local) count(ctx context.Context, query string) (int64, error) {
	q, err := casebook.ParseQuery(query)
	if err != nil {
		return 0, err
	}
	n, err := l.book.Count(ctx, l.actor, q)
	return n.N, err
}

func (l *local) read(ctx context.Context, id string) error {
	parsed, err := casebook.ParseID(id)
	if err != nil {
		return err
	}
	_, err = l.book.Case(ctx, l.actor, parsed)
	return err
}

// remote asks a server.
type remote struct{ base, token string }

func (r *remote) get(ctx context.Context, path string, query url.Values, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+"/api/v1"+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, data)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

func (r *remote) list(ctx context.Context, query, after string) ([]string, string, error) {
	q, err := casebook.ParseQuery(query) // the API takes the order apart from the rest
	if err != nil {
		return nil, "", err
	}
	order := string(q.Order)
	q.Order = ""
	values := url.Values{"q": {q.String()}}
	if order != "" {
		values.Set("order", order)
	}
	if after != "" {
		values.Set("after", after)
	}
	var answer struct {
		Items []struct {
			ID         string `json:"id"`
			Restricted bool   `json:"restricted"`
		} `json:"items"`
		Next string `json:"next"`
	}
	err = r.get(ctx, "/cases", values, &answer)
	var ids []string
	for _, c := range answer.Items {
		if !c.Restricted {
			ids = append(ids, c.ID)
		}
	}
	return ids, answer.Next, err
}

func (r *remote) count(ctx context.Context, query string) (int64, error) {
	var answer struct {
		Count int64 `json:"count"`
	}
	return answer.Count, r.get(ctx, "/cases/count", url.Values{"q": {query}}, &answer)
}

func (r *remote) read(ctx context.Context, id string) error {
	var answer json.RawMessage
	return r.get(ctx, "/cases/"+id, nil, &answer)
}
