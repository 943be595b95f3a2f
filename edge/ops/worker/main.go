//go:build js && wasm

// Command worker is the ops Worker as Cloudflare runs it: package ops behind
// syumai/workers, with what the bindings hold (edge/ops/wrangler.toml).
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"syscall/js"
	"time"
	_ "time/tzdata" // a Worker has no time zones of its own

	"github.com/stagedoor/stagedoor/edge/ops"
	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/cron"
	"github.com/syumai/workers/cloudflare/fetch"
)

// version is set by the build: see infra/opsworker.
var version = "unknown"

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With(slog.String("part", "ops"))
	o, err := ops.New(ops.Config{
		KV: namespace{cloudflare.GetBinding("SITES")}, Rooms: coordinators{cloudflare.GetBinding("ROOMS")},
		Token: text("OPS_TOKEN"), HopKey: text("HOP_KEY"), OriginURL: text("ORIGIN_URL"),
		Client: patient{fetch.NewClient()},
		Now:    time.Now, Pause: pause, Version: version, Log: log,
	})
	if err != nil {
		log.Error("the ops Worker is not configured", slog.Any("error", err))
		cron.ScheduleTaskNonBlock(func(context.Context) error { return nil }) // an error would be a panic
		workers.Serve(http.HandlerFunc(ops.Closed))
		return
	}
	cron.ScheduleTaskNonBlock(func(ctx context.Context) error {
		if _, err := o.Reconcile(ctx); err != nil {
			log.Error("what came of reconciling is not known", slog.Any("error", err))
		}
		return nil
	})
	workers.Serve(o)
}

// text is a variable or secret, "" when it is not bound.
func text(name string) string {
	if v := cloudflare.GetBinding(name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// patient waits for an answer as long as the request's context does, which
// fetch does not look at.
type patient struct{ next *fetch.Client }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	type outcome struct {
		response *http.Response
		err      error
	}
	done := make(chan outcome, 1)
	go func() {
		response, err := p.next.Do(&fetch.Request{Request: r}, &fetch.RequestInit{Redirect: fetch.RedirectModeManual})
		done <- outcome{response, err}
	}()
	select {
	case o := <-done:
		return o.response, o.err
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}
