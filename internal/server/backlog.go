package server

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"bugbar/internal/work"
)

// backlog tells of background work that is not done. Its labels are the kinds, states and queues of the program, and
// never what a job is about.
type backlog struct {
	work *work.Worker
	mu   sync.Mutex
	last []work.Backlog
	read time.Time
}

// backlogTime is for how long a look at the jobs is good: however often somebody asks, the database is asked seldom.
const backlogTime = 5 * time.Second

var (
	jobs    = prometheus.NewDesc("bugbar_jobs", "Background jobs that are not done, by kind and state: scheduled, available, running, retryable, or discarded within a week.", []string{"kind", "state"}, nil)
	overdue = prometheus.NewDesc("bugbar_jobs_oldest_seconds", "For how long the first waiting job of a kind should have been done.", []string{"kind"}, nil)
	outbox  = prometheus.NewDesc("bugbar_outbox", "Mails and webhook calls that did not leave yet, by queue.", []string{"queue"}, nil)
)

// Describe names what it collects.
func (b *backlog) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobs, overdue, outbox} {
		to <- d
	}
}

// Collect reads it. What cannot be read is left out; that the database is down is said elsewhere.
func (b *backlog) Collect(to chan<- prometheus.Metric) {
	all, err := b.look()
	if err != nil {
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	count, oldest, leaving := map[[2]string]int64{}, map[string]time.Duration{}, map[string]int64{}
	for _, j := range all {
		count[[2]string{j.Kind, j.State}] += j.Jobs
		oldest[j.Kind] = max(oldest[j.Kind], j.Oldest)
		if j.State != "discarded" {
			leaving[j.Queue] += j.Jobs
		}
	}
	for of, n := range count {
		gauge(jobs, float64(n), of[0], of[1])
	}
	for kind, d := range oldest {
		gauge(overdue, d.Seconds(), kind)
	}
	for _, queue := range work.Leaving {
		gauge(outbox, float64(leaving[queue]), queue)
	}
}

func (b *backlog) look() ([]work.Backlog, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.read) < backlogTime {
		return b.last, nil
	}
	ctx, stop := context.WithTimeout(context.Background(), probeTime)
	defer stop()
	all, err := b.work.Backlog(ctx)
	if err == nil {
		b.last, b.read = all, time.Now()
	}
	return all, err
}
