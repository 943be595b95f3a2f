package holdredis

import "github.com/prometheus/client_golang/prometheus"

// Metrics are the figures of a process's store. Make them once a process.
type Metrics struct {
	scripts    *prometheus.HistogramVec
	failures   *prometheus.CounterVec
	acquired   *prometheus.CounterVec
	loads      prometheus.Counter
	readers    prometheus.Gauge
	topics     prometheus.Gauge
	deltas     prometheus.Counter
	closed     *prometheus.CounterVec
	subscribed prometheus.Counter
	sweeps     *prometheus.CounterVec
	swept      prometheus.Gauge
}

// NewMetrics registers the figures with registerer; nil registers them nowhere.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	plain := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &Metrics{
		scripts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "stagedoor_hold_script_seconds", Help: "Time of a Lua script as its caller sees it, by operation.",
			Buckets: prometheus.ExponentialBuckets(0.0002, 2, 14)}, []string{"operation"}), // 0.2 ms to 1.6 s
		failures:   counter("stagedoor_hold_script_failures_total", "Scripts without an answer.", "operation"),
		acquired:   counter("stagedoor_hold_acquires_total", "Requests for seats by outcome: held, taken, failed.", "outcome"),
		loads:      plain("stagedoor_hold_sold_loads_total", "Readings of a performance's sold seats from the database."),
		readers:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "stagedoor_hold_readers", Help: "Open subscriptions to seat changes."}),
		topics:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "stagedoor_hold_watched_performances", Help: "Performances whose changes this process receives."}),
		deltas:     plain("stagedoor_hold_deltas_received_total", "Seat changes received from Redis."),
		closed:     counter("stagedoor_hold_readers_closed_total", "Subscriptions ended by us: slow, gap (changes were lost), reconnected.", "reason"),
		subscribed: plain("stagedoor_hold_resubscriptions_total", "Performances subscribed to again after Redis was away."),
		sweeps:     counter("stagedoor_hold_sweeps_total", "Looks for ended holds by cause: event, index, watch.", "cause"),
		swept:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "stagedoor_hold_swept_timestamp_seconds", Help: "When this process last looked through all performances for ended holds."}),
	}
	if registerer != nil {
		registerer.MustRegister(m.scripts, m.failures, m.acquired, m.loads, m.readers, m.topics, m.deltas, m.closed, m.subscribed, m.sweeps, m.swept)
	}
	return m
}
