package auth

import (
	"container/list"
	"math"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Rate is how many requests are answered: so many a second, and so many at once. The zero Rate has no bound.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits are all limits of requests, in one place. Each server keeps its own count.
type Limits struct {
	Network   Rate // of one network, whoever asks: everything that has to do with signing in
	Anonymous Rate // of one network, from those who do not say who they are
	Reporter  Rate // of one report's key
	Person    Rate // of one person in a browser
	Token     Rate // of one owner's tokens together
	Proof     Rate // of one network: attempts to prove who one is
	Report    Rate // of one network: reports without an account
}

// DefaultLimits are those of a server that nobody told otherwise.
var DefaultLimits = Limits{
	Network:   Rate{PerSecond: 50, Burst: 300},
	Anonymous: Rate{PerSecond: 5, Burst: 60},
	Reporter:  Rate{PerSecond: 5, Burst: 100},
	Person:    Rate{PerSecond: 20, Burst: 200},
	Token:     Rate{PerSecond: 50, Burst: 500},
	Proof:     Rate{PerSecond: 0.2, Burst: 20},
	Report:    Rate{PerSecond: 1.0 / 60, Burst: 10},
}

// writeCost is what a write counts: it costs as much as several reads, is flushed to the disk and kept for ever.
const writeCost = 5

func costOf(r *http.Request) int {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return 1
	}
	return writeCost
}

// maxBuckets bounds the memory of a limit: those who asked longest ago are forgotten first, and start afresh.
const maxBuckets = 20_000

// limiters are the limits at work.
type limiters struct {
	network, anonymous, reporter, person, token, proof, report *limiter
}

func newLimiters(l Limits) limiters {
	return limiters{
		newLimiter(l.Network), newLimiter(l.Anonymous), newLimiter(l.Reporter), newLimiter(l.Person), newLimiter(l.Token), newLimiter(l.Proof), newLimiter(l.Report),
	}
}

// of takes from the bucket of whoever asks.
func (l limiters) of(who Who, network string, cost int) error {
	switch {
	case who.Actor.Case != 0:
		return l.reporter.take(who.Actor.Case.String(), cost)
	case who.Actor.ID == 0:
		return l.anonymous.take(network, cost)
	case who.Session == nil:
		return l.token.take(who.Actor.ID.String(), cost)
	}
	return l.person.take(who.Actor.ID.String(), cost)
}

// limiter has a bucket of tokens for each key.
type limiter struct {
	rate    Rate
	now     func() time.Time
	mu      sync.Mutex
	buckets map[string]*list.Element
	recent  list.List // of *bucket, the latest first
}

type bucket struct {
	key string
	*rate.Limiter
}

func newLimiter(r Rate) *limiter {
	return &limiter{rate: r, now: time.Now, buckets: map[string]*list.Element{}}
}

// take lets a request pass, or says when the next may.
func (l *limiter) take(key string, cost int) error {
	if l.rate == (Rate{}) {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	r := l.bucket(key).ReserveN(now, min(cost, l.rate.Burst))
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
		return fault.New(fault.Unavailable, "too many requests").Because(&casebook.TooSoonError{Wait: wait}).Do("wait " + wait.String())
	}
	return nil
}

func (l *limiter) bucket(key string) *bucket {
	if e, known := l.buckets[key]; known {
		l.recent.MoveToFront(e)
		return e.Value.(*bucket)
	}
	if l.recent.Len() >= maxBuckets {
		oldest := l.recent.Back()
		delete(l.buckets, l.recent.Remove(oldest).(*bucket).key)
	}
	b := &bucket{key, rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.Burst)}
	l.buckets[key] = l.recent.PushFront(b)
	return b
}

// AllowReport keeps the limit of reports from those who do not say who they are, on whichever way they come.
func (a *Auth) AllowReport(r *http.Request, by casebook.Actor) error {
	if by.ID != 0 {
		return nil
	}
	return a.limits.report.take(a.Caller(r).Network, 1)
}
