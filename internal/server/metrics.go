package server

import (
	"context"
	"database/sql"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"bugbar/internal/casebook"
	"bugbar/internal/work"
)

// metrics are what an operator watches. Nothing in them tells of a case: neither how many there are, nor of which
// state or outcome, nor who asked for what.
type metrics struct {
	handler  http.Handler
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	running  prometheus.Gauge
}

func newMetrics(b *casebook.Book, w *work.Worker) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bugbar_requests_total", Help: "Requests answered, by route, method and status."}, []string{"route", "method", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bugbar_request_seconds", Help: "How long answers took, by route and method.", Buckets: []float64{.001, .0025, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "method"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "bugbar_requests_running", Help: "Requests that are being answered, streams included."}),
	}
	if w != nil {
		m.registry.MustRegister(&backlog{work: w})
	}
	m.registry.MustRegister(m.requests, m.took, m.running, &watch{book: b}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return m
}

func (m *metrics) request(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, methodOf(method), strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(route, methodOf(method)).Observe(took.Seconds())
}

// watch looks at the casebook when it is asked.
type watch struct{ book *casebook.Book }

var (
	lagSeconds  = prometheus.NewDesc("bugbar_ledger_lag_seconds", "For how long the oldest event has waited for its place in the ledger.", nil, nil)
	databaseUp  = prometheus.NewDesc("bugbar_database_up", "1 where the database answers.", nil, nil)
	connections = prometheus.NewDesc("bugbar_database_connections", "Open connections, by use.", []string{"pool", "use"}, nil)
	waits       = prometheus.NewDesc("bugbar_database_waits_total", "How often a connection was waited for.", []string{"pool"}, nil)
	waited      = prometheus.NewDesc("bugbar_database_waited_seconds_total", "How long connections were waited for.", []string{"pool"}, nil)
)

// Describe names what it collects.
func (w *watch) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{lagSeconds, databaseUp, connections, waits, waited} {
		to <- d
	}
}

// Collect reads it. What cannot be read is left out, and the database is down.
func (w *watch) Collect(to chan<- prometheus.Metric) {
	ctx, stop := context.WithTimeout(context.Background(), probeTime)
	defer stop()
	lag, err := w.book.Lag(ctx)
	up := 0.0
	if err == nil {
		up = 1
		to <- prometheus.MustNewConstMetric(lagSeconds, prometheus.GaugeValue, lag.Seconds())
	}
	to <- prometheus.MustNewConstMetric(databaseUp, prometheus.GaugeValue, up)
	reader, writer := w.book.DB().Reader(), w.book.DB().Writer()
	pool(to, "read", reader.Stats())
	if writer != reader {
		pool(to, "write", writer.Stats())
	}
}

func pool(to chan<- prometheus.Metric, name string, s sql.DBStats) {
	to <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(s.InUse), name, "busy")
	to <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(s.Idle), name, "idle")
	to <- prometheus.MustNewConstMetric(waits, prometheus.CounterValue, float64(s.WaitCount), name)
	to <- prometheus.MustNewConstMetric(waited, prometheus.CounterValue, s.WaitDuration.Seconds(), name)
}

// Registry is where other parts of the program put what they want to be watched.
func (s *Server) Registry() prometheus.Registerer { return s.metrics.registry }
