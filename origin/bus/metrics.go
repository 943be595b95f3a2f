package bus

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Metrics are the figures of a process's relay and consumers. Make them once a process.
type Metrics struct {
	waiting      prometheus.Gauge
	oldest       prometheus.Gauge
	leader       prometheus.Gauge
	relayed      prometheus.Counter
	repeated     prometheus.Counter
	resent       prometheus.Counter
	failed       prometheus.Counter
	relayDelay   prometheus.Histogram
	deliveries   *prometheus.CounterVec
	handleTime   *prometheus.HistogramVec
	deliveryWait *prometheus.HistogramVec
	behind       *prometheus.GaugeVec
	failing      *prometheus.GaugeVec
	parked       *prometheus.GaugeVec
}

// NewMetrics registers the figures with registerer; nil registers them nowhere.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	buckets := prometheus.ExponentialBuckets(0.001, 2.5, 14) // 1 ms to about 2.5 minutes
	m := &Metrics{
		waiting:  gauge("stagedoor_outbox_waiting_events", "Events in the outbox that are not in the stream yet, as the leading relay sees them."),
		oldest:   gauge("stagedoor_outbox_oldest_waiting_seconds", "Age of the oldest event that is not in the stream yet."),
		leader:   gauge("stagedoor_outbox_leader", "1 while this process is the one that relays."),
		relayed:  counter("stagedoor_outbox_relayed_events_total", "Events the stream acknowledged."),
		repeated: counter("stagedoor_outbox_duplicate_events_total", "Events the stream had before, sent again after a failure."),
		resent:   counter("stagedoor_outbox_resent_events_total", "Events put back to waiting because the stream had lost them."),
		failed:   counter("stagedoor_outbox_failed_batches_total", "Batches that were not acknowledged whole."),
		relayDelay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stagedoor_outbox_relay_delay_seconds", Buckets: buckets, Help: "From the start of the transaction that added an event to the stream's acknowledgement."}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stagedoor_consumer_deliveries_total", Help: "Deliveries by outcome: done, repeated (handled before), failed (will be tried again), parked."},
			[]string{"consumer", "outcome"}),
		handleTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "stagedoor_consumer_handle_seconds", Buckets: buckets, Help: "Time from taking a delivery up to its commit or failure."},
			[]string{"consumer"}),
		deliveryWait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "stagedoor_consumer_delay_seconds", Buckets: buckets, Help: "From the stream's taking an event to the commit of its effect."},
			[]string{"consumer"}),
	}
	m.failing = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "stagedoor_consumer_failing_events", Help: "Events that the consumer failed to handle and will be given again."}, []string{"consumer"})
	m.parked = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "stagedoor_consumer_parked_events", Help: "Events that the consumer gave up on: they wait for a person."}, []string{"consumer"})
	m.behind = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "stagedoor_consumer_pending_events", Help: "Events in the stream that the consumer has not acknowledged, as this process last saw it."}, []string{"consumer"})
	if registerer != nil {
		registerer.MustRegister(m.waiting, m.oldest, m.leader, m.relayed, m.repeated, m.resent, m.failed, m.relayDelay,
			m.deliveries, m.handleTime, m.deliveryWait, m.behind, m.failing, m.parked)
	}
	return m
}

// positive keeps clocks that disagree from writing a negative duration into a histogram.
func positive(d time.Duration) float64 { return max(d, 0).Seconds() }

// instruments fills in what a caller left out of the things every part of the bus is observed with.
func instruments(clock *func() time.Time, logger **slog.Logger, metrics **Metrics, tracer *trace.TracerProvider) {
	if *clock == nil {
		*clock = time.Now
	}
	if *logger == nil {
		*logger = slog.Default()
	}
	if *metrics == nil {
		*metrics = NewMetrics(nil)
	}
	if *tracer == nil {
		*tracer = noop.NewTracerProvider()
	}
}
