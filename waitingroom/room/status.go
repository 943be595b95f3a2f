package room

import (
	"strconv"
	"time"

	"github.com/stagedoor/stagedoor/waitingroom/plainjson"
)

// Status is what the console is shown, as JSON; nil for a room that was never
// configured. Times are Unix seconds unless RFC 3339, waits seconds.
func (r *Room) Status(now int64) []byte {
	if r.queue == nil {
		return nil
	}
	r.tick(seconds(now))
	s, i, ledger := &r.published, &r.insight, r.queue.Ledger()
	_, joins := s.Outlook.Look(r.last, 1<<63)
	o := plainjson.NewObject(make([]byte, 0, 4096))
	o.String("room", r.id)
	o.Unsigned("revision", uint64(r.config.Revision))
	o.Instant("at", time.UnixMilli(now))
	o.String("phase", s.Phase)
	o.String("mode", r.config.Mode)
	o.Boolean("paused", r.config.Paused)
	o.Boolean("drained", r.config.Drained)
	o.Unsigned("through", uint64(s.Frontier.Through))
	o.String("below", strconv.FormatUint(s.Frontier.Below, 10))
	o.Integer("active", r.queue.Active())
	o.Integer("limit", r.config.Active)
	o.Integer("per_minute", r.config.PerMinute)
	o.Integer("waiting", s.Waiting)
	o.Unsigned("arrived", ledger.Arrivals+ledger.Directs)
	o.Unsigned("admitted", ledger.Claims+ledger.Directs)
	o.Unsigned("completed", r.endings.completed)
	o.Integer("rate_per_minute", int(s.Outlook.Rate*60+0.5))
	o.Integer("p50", int(joins.P50))
	o.Integer("p90", int(joins.P90))
	if off, known := i.estimateError(); known {
		o.Decimal("estimate_error_p50_pct", off)
	}
	o.Integer("overshoot_max", i.overshoot)
	o.Integer("outstanding_leases", r.queue.Leases())
	reporters := 0
	o.Key("gates")
	o.Text = append(o.Text, '[')
	for n, g := range r.gates {
		if n > 0 {
			o.Text = append(o.Text, ',')
		}
		reporters += int(g.reporters)
		one := plainjson.NewObject(o.Text)
		one.String("name", g.name)
		one.Instant("seen_at", time.Unix(int64(g.seen), 0))
		one.Unsigned("reporters", uint64(g.reporters))
		o.Text = one.Close()
	}
	o.Text = append(o.Text, ']')
	o.Integer("reporters", reporters)
	o.Key("history")
	o.Text = append(o.Text, '[')
	for n, p := range i.history {
		if n > 0 {
			o.Text = append(o.Text, ',')
		}
		one := plainjson.NewObject(o.Text)
		one.Unsigned("t", uint64(p.second))
		one.Unsigned("arrived", p.arrived)
		one.Integer("waiting", p.waiting)
		one.Integer("active", p.active)
		one.Unsigned("admitted", p.admitted)
		one.Integer("p50", p.p50)
		one.Integer("rate", p.ratePerMinute)
		o.Text = one.Close()
	}
	o.Text = append(o.Text, ']')
	return o.Close()
}
