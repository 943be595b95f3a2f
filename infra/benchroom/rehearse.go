package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/waitingroom/rehearse"
)

// rehearse sends the visitors, all at once, into a room that holds half of
// them.
func (p plan) rehearse(ctx context.Context, s *stage, n bench.Numbers) error {
	if p.Visitors == 0 {
		return nil
	}
	active := max(p.Visitors/2, 1)
	if err := s.configure(ctx, rehearsalRoom, active); err != nil {
		return err
	}
	o, err := rehearse.Run(ctx, rehearse.Config{
		Address: &url.URL{Scheme: "http", Host: hostname, Path: "/" + rehearsalRoom}, Connect: s.host["room"], Room: rehearsalRoom,
		Limit: active, PassLife: passLife * time.Second, PollEvery: pollEvery * time.Second, Visitors: p.Visitors, For: 6 * time.Minute,
		Progress: func(at rehearse.Progress) {
			p.say("%.0f s: %d of %d visitors are in, %d wait", at.After.Seconds(), at.Admitted, at.Visitors, at.Waiting)
		},
	})
	if err != nil {
		return err
	}
	var status struct {
		Overshoot float64 `json:"overshoot_max"`
	}
	if err := s.door(ctx, http.MethodGet, "/"+rehearsalRoom+"/status", nil, &status); err != nil {
		return err
	}
	failed := 0
	for _, count := range o.Failed {
		failed += count
	}
	n["rehearsal_visitors"], n["rehearsal_admitted"], n["rehearsal_seconds"] = float64(o.Visitors), float64(o.Admitted), o.Seconds
	n["rehearsal_over_limit"] = max(float64(o.MostInside-active), status.Overshoot, 0)
	n["rehearsal_twice"], n["rehearsal_untold"] = float64(o.Twice), float64(o.Silent+o.Waiting+failed)
	n["rehearsal_inversions"] = float64(o.Inversions)
	n["rehearsal_wait_p50_seconds"], n["rehearsal_wait_p90_seconds"] = o.WaitP50, o.WaitP90
	return nil
}
