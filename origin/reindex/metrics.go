package reindex

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/stagedoor/stagedoor/search/swap"
)

// Metrics say how the search index stands, as a process that works sees it. Make them once a process.
type Metrics struct {
	up      prometheus.Gauge
	shows   prometheus.Gauge
	due     prometheus.Gauge
	going   prometheus.Gauge
	stopped prometheus.Gauge
	idle    prometheus.Gauge
	missed  prometheus.Gauge
}

// NewMetrics registers the figures with registerer; nil registers them nowhere.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "stagedoor", Subsystem: "search", Name: name, Help: help})
	}
	m := &Metrics{
		up:      gauge("up", "1 while the search server answers and has an index; 0 also in a process that does not look."),
		shows:   gauge("index_shows", "Shows in the index that people search."),
		due:     gauge("schema_changes_due", "Fields in which the index that people search differs from what this program wants: see `stagedoor search plan`."),
		going:   gauge("change_under_way", "1 while the index is being replaced."),
		stopped: gauge("change_stopped", "1 while a change of the index waits for a person: it was stopped, or it is not put in place for a reason."),
		idle:    gauge("change_idle_seconds", "How long nothing has come of the change under way; 0 when none is, or it waits for a person."),
		missed:  gauge("change_missed_writes", "Writes that the collection which can be gone back to has refused."),
	}
	if registerer != nil {
		registerer.MustRegister(m.up, m.shows, m.due, m.going, m.stopped, m.idle, m.missed)
	}
	return m
}

const (
	watchEvery    = 15 * time.Second
	watchPatience = 5 * time.Second
)

// watch keeps the figures until ctx ends.
func (x *Index) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		x.Observe(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Observe looks once. What cannot be learnt leaves its figure as it was, but for whether search is up.
func (x *Index) Observe(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, watchPatience)
	defer cancel()
	live, err := x.Live(asking)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil || live.Name == "":
		x.metrics.up.Set(0)
	default:
		x.metrics.up.Set(1)
		x.metrics.shows.Set(float64(live.Shows))
		x.metrics.due.Set(float64(len(live.Changes)))
	}
	st, err := x.Changes.Current(asking)
	switch {
	case errors.Is(err, swap.ErrNone):
		st = swap.State{}
	case err != nil:
		return
	}
	going := st.Phase.Unfinished()
	set := func(g prometheus.Gauge, on bool, v float64) {
		if !on {
			v = 0
		}
		g.Set(v)
	}
	set(x.metrics.going, going, 1)
	set(x.metrics.stopped, going && st.Stopped(), 1)
	set(x.metrics.idle, going && !st.Stopped(), max(x.now().Sub(st.ChangedAt), 0).Seconds())
	set(x.metrics.missed, st.Behind() != "", float64(st.Missed[st.From]))
}
