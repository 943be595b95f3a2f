package booking

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
)

// Metrics are the figures of a process's sales. Make them once a process.
type Metrics struct {
	placed       *prometheus.CounterVec
	placeTime    prometheus.Histogram
	events       *prometheus.CounterVec
	paymentDelay prometheus.Histogram
	expired      prometheus.Counter
	refunds      *prometheus.CounterVec
	failures     prometheus.Counter
	lost         prometheus.Counter
	disputes     *prometheus.CounterVec
}

// NewMetrics registers the figures with registerer; nil registers them nowhere.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &Metrics{
		placed: counter("stagedoor_booking_orders_total", "Requests to order by outcome: placed, repeated, refused (the buyer's to put right), lost (seats or hold), unavailable, failed.", "outcome"),
		placeTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stagedoor_booking_place_seconds", Help: "Time to place an order, its payment at the provider included.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2, 12)}), // 5 ms to 10 s
		events: counter("stagedoor_booking_payment_events_total", "Payment events acted upon, by kind and outcome.", "kind", "outcome"),
		paymentDelay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "stagedoor_booking_payment_delay_seconds", Help: "From the webhook's arrival to the commit of what it means.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2.5, 14)}), // 2 ms to 5 minutes
		expired: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stagedoor_booking_expired_orders_total", Help: "Orders that ran out unpaid."}),
		refunds:  counter("stagedoor_booking_refunds_total", "Attempts to send a refund by outcome: accepted, put_off.", "outcome"),
		lost:     prometheus.NewCounter(prometheus.CounterOpts{Name: "stagedoor_booking_lost_webhooks_total", Help: "Things the payment provider's lists told before, or instead of, its webhooks."}),
		disputes: counter("stagedoor_booking_disputes_total", "Word of disputed payments, by the status the provider gave.", "status"),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "stagedoor_booking_failed_sweeps_total", Help: "Sweeps in which something failed and will be tried again."}),
	}
	if registerer != nil {
		registerer.MustRegister(m.placed, m.placeTime, m.events, m.paymentDelay, m.expired, m.refunds, m.failures, m.lost, m.disputes)
	}
	return m
}

// outcomeOf sorts what came of a request to order.
func outcomeOf(placed Placed, err error) string {
	var invalid *InvalidError
	var lost *SeatsLostError
	var busy *idempotency.InProgressError
	switch {
	case err == nil && placed.Replayed:
		return "repeated"
	case err == nil:
		return "placed"
	case errors.As(err, &lost), errors.Is(err, ErrHoldGone):
		return "lost"
	case errors.As(err, &invalid), errors.As(err, &busy), errors.Is(err, idempotency.ErrReused), errors.Is(err, ErrKeyMissing),
		errors.Is(err, ErrNotYours), errors.Is(err, ErrNotSoldHere), errors.Is(err, ErrNotOnSale), errors.Is(err, ErrPaid), errors.Is(err, ErrReplaced):
		return "refused"
	case errors.Is(err, ErrPaymentUnavailable):
		return "unavailable"
	}
	return "failed"
}
