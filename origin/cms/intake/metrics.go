package intake

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the figures of a process's intake. Make them once a process.
type Metrics struct {
	webhooks   *prometheus.CounterVec
	acceptTime *prometheus.HistogramVec
	outcomes   *prometheus.CounterVec
	delay      *prometheus.HistogramVec
	open       *prometheus.GaugeVec
	oldest     *prometheus.GaugeVec
	asked      *prometheus.CounterVec
	swept      *prometheus.CounterVec
	found      *prometheus.CounterVec
	sweepFails *prometheus.CounterVec
	progress   *prometheus.GaugeVec
	finished   *prometheus.GaugeVec
}

// NewMetrics makes the figures and registers them; nil registers them nowhere.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "stagedoor", Subsystem: "cms", Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "stagedoor", Subsystem: "cms", Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, first float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "stagedoor", Subsystem: "cms", Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(first, 2, 16),
		}, labels)
	}
	m := &Metrics{
		webhooks:   counter("webhooks_total", "Webhooks by what was answered.", "source", "result"),
		acceptTime: histogram("webhook_accept_seconds", "From the first byte of a webhook until it is stored and answered.", 0.0005, "source"),
		outcomes:   counter("deliveries_total", "Deliveries worked on, by what came of it.", "source", "outcome"),
		delay:      histogram("delivery_seconds", "From the arrival of a delivery until it is applied.", 0.005, "source", "way"),
		open:       gauge("deliveries", "Deliveries that are not finished: due, waiting for another entry, or parked.", "source", "state"),
		oldest:     gauge("delivery_oldest_seconds", "Age of the oldest delivery in that state.", "source", "state"),
		asked:      counter("asked_total", "Entries that a system's API was asked for.", "source", "result"),
		swept:      counter("sweep_items_total", "Items that a sweep was told.", "source"),
		found:      counter("sweep_found_total", "Changes that no webhook had told when the sweep did.", "source"),
		sweepFails: counter("sweep_failures_total", "Pages of a sweep that could not be read or stored.", "source"),
		progress:   gauge("sweep_progress_ratio", "How much of the sweep under way is done: 1 when none is, -1 when its end is not known.", "source"),
		finished:   gauge("sweep_finished_timestamp_seconds", "When the last whole sweep ended, in whichever process.", "source"),
	}
	if registerer != nil {
		registerer.MustRegister(m.webhooks, m.acceptTime, m.outcomes, m.delay, m.open, m.oldest, m.asked, m.swept, m.found, m.sweepFails, m.progress, m.finished)
	}
	return m
}

func seconds(d time.Duration) float64 { return max(d.Seconds(), 0) }
