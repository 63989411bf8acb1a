package server

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"bugbar/internal/casebook"
	"bugbar/internal/server/api"
)

// Rate is how often somebody may ask: so many in a second over time, and so many at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Rates are those of different askers. A rate of no requests at all stands for the package's own; one below 0
// stands for no limit.
type Rates struct {
	Strangers Rate // nobody said who they are; by address
	Reporters Rate // with the key of a report, or an account without a role
	Team      Rate // people with a role, and services
}

// defaultRates leave room for pages that ask for many things at once.
var defaultRates = Rates{Strangers: Rate{2, 60}, Reporters: Rate{5, 100}, Team: Rate{50, 500}}

// A write costs as much as several reads: it is flushed to the disk and kept for ever.
const writeCost = 5

// maxAskers bounds how many askers are remembered. Who is not remembered starts anew.
const maxAskers = 20_000

// limiter bounds how often somebody asks one server. With several servers each bounds by itself.
type limiter struct {
	rates  Rates
	mu     sync.Mutex
	askers map[string]*rate.Limiter
}

func newLimiter(r Rates) *limiter {
	for _, p := range []struct{ rate, usual *Rate }{{&r.Strangers, &defaultRates.Strangers}, {&r.Reporters, &defaultRates.Reporters}, {&r.Team, &defaultRates.Team}} {
		if p.rate.PerSecond == 0 {
			*p.rate = *p.usual
		}
	}
	return &limiter{rates: r, askers: map[string]*rate.Limiter{}}
}

func (l *limiter) rateOf(a casebook.Actor) Rate {
	switch {
	case len(a.Roles) > 0:
		return l.rates.Team
	case a.ID != 0 || a.Case != 0:
		return l.rates.Reporters
	}
	return l.rates.Strangers
}

// take counts a request. The error is the answer to one too many.
func (l *limiter) take(who string, r Rate, req *http.Request) error {
	if r.PerSecond < 0 {
		return nil
	}
	cost := 1
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		cost = writeCost
	}
	asker, now := l.asker(who, r), time.Now()
	booked := asker.ReserveN(now, cost)
	if !booked.OK() {
		return api.Limited("60")
	}
	if wait := booked.DelayFrom(now); wait > 0 {
		booked.CancelAt(now)
		return api.Limited(strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	return nil
}

func (l *limiter) asker(who string, r Rate) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if found, ok := l.askers[who]; ok {
		return found
	}
	if len(l.askers) >= maxAskers {
		l.forget()
	}
	asker := rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)
	l.askers[who] = asker
	return asker
}

// forget drops those who asked so long ago that they may ask as if they were new; where that is not enough,
// whoever comes first.
func (l *limiter) forget() {
	for who, asker := range l.askers {
		if asker.Tokens() >= float64(asker.Burst()) || len(l.askers) >= maxAskers {
			delete(l.askers, who)
		}
	}
}
