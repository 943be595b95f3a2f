package catalogue

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the figures of a process's feed. Make them once a process.
type Metrics struct {
	changes   prometheus.Counter
	documents *prometheus.CounterVec
	delay     prometheus.Histogram
	failures  prometheus.Counter
	mended    prometheus.Counter
	missed    prometheus.Counter
	waiting   prometheus.Gauge
	oldest    prometheus.Gauge
	refused   prometheus.Gauge
	shows     prometheus.Gauge
}

// NewMetrics registers the figures with registerer; nil registers them nowhere.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &Metrics{
		changes: counter("stagedoor_catalogue_changes_total", "Changes of performances that were told: without folding, writes to the index."),
		documents: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stagedoor_catalogue_documents_total", Help: "Looks at a show by outcome: written, deleted, same (nothing that is shown had changed), refused by the index."},
			[]string{"outcome"}),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stagedoor_catalogue_delay_seconds", Buckets: prometheus.ExponentialBuckets(0.01, 2, 14), Help: "From the first change that a document covers, as the bus told it, to the index's answer."}),
		failures: counter("stagedoor_catalogue_failed_writes_total", "Batches that were not written because the index or Postgres was away."),
		mended:   counter("stagedoor_catalogue_mended_shows_total", "Shows written anew because the index differed from what had been written to it."),
		missed:   counter("stagedoor_catalogue_missed_writes_total", "Shows that a collection refused which is kept or being filled, and is not searched."),
		waiting:  gauge("stagedoor_catalogue_waiting_shows", "Shows with changes that the index does not have yet."),
		oldest:   gauge("stagedoor_catalogue_oldest_waiting_seconds", "Age of the oldest change that the index does not have yet."),
		refused:  gauge("stagedoor_catalogue_refused_shows", "Shows that the index refused when they were last written."),
		shows:    gauge("stagedoor_catalogue_shows", "Shows that the index should hold."),
	}
	if registerer != nil {
		registerer.MustRegister(m.changes, m.documents, m.delay, m.failures, m.mended, m.missed, m.waiting, m.oldest, m.refused, m.shows)
	}
	return m
}

func (m *Metrics) wrote(t tally, delays []time.Duration) {
	for outcome, n := range map[string]int{"written": t.written, "deleted": t.deleted, "same": t.same, "refused": t.refused} {
		m.documents.WithLabelValues(outcome).Add(float64(n))
	}
	for _, d := range delays {
		m.delay.Observe(max(d, 0).Seconds())
	}
}
