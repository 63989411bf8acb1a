package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress tells on a terminal how far something is, once it has taken a second.
type progress struct {
	w           io.Writer // nil where nobody looks
	now         func() time.Time
	start, last time.Time

	telling     sync.Mutex
	what        string
	done, total int64
}

func newProgress(a *app) *progress {
	p := &progress{now: a.now, start: a.now()}
	if f, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.w = f
	}
	return p
}

// tell says how much of something is done.
func (p *progress) tell(what string, done, total int64) {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.what, p.done, p.total = what, done, total
	p.show()
}

// show shows what was told last, or for how long the evidence is being measured when that is done.
func (p *progress) show() {
	now := p.now()
	if p.w == nil || now.Sub(p.start) < time.Second || now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last = now
	line := fmt.Sprintf("measuring: %.0f s", now.Sub(p.start).Seconds())
	if p.done < p.total {
		line = fmt.Sprintf("%s: %d %%", visibleLine(p.what), 100*p.done/p.total)
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// keepTelling shows the progress while nobody tells of any, until the function that it returns is called.
func (p *progress) keepTelling() (stop func()) {
	if p.w == nil {
		return func() {}
	}
	var showing sync.WaitGroup
	ticker, stopped := time.NewTicker(200*time.Millisecond), make(chan struct{})
	showing.Go(func() {
		for {
			select {
			case <-ticker.C:
				p.telling.Lock()
				p.show()
				p.telling.Unlock()
			case <-stopped:
				return
			}
		}
	})
	return func() {
		ticker.Stop()
		close(stopped)
		showing.Wait()
	}
}

func (p *progress) clear() {
	if p.w != nil && !p.last.IsZero() {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// counting tells on a terminal how many there were so far.
func (p *progress) counting(what string) func(n int64) {
	return func(n int64) {
		now := p.now()
		if p.w == nil || now.Sub(p.start) < time.Second || now.Sub(p.last) < 100*time.Millisecond {
			return
		}
		p.last = now
		fmt.Fprintf(p.w, "\r\x1b[K%d %s", n, what)
	}
}
