package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/telemetry"
	"github.com/stagedoor/stagedoor/origin/up/part"
)

func serveCommand() *command {
	return &command{
		name: "serve", about: "run the origin, or one role of it, against real servers",
		more: `Roles: web answers requests; worker acts on webhooks, ends overdue orders, relays and consumes events; all does both. Any
number of processes may have the same role. SIGTERM lets requests and work under way finish. Logs are JSON on standard
output. Everything is named by environment variables:

` + house.Environment(),
		examples: []string{"stagedoor serve --role=web --listen :8788", "stagedoor serve --role=worker"},
		setup: func(flags *flag.FlagSet) action {
			role := flags.String("role", "all", "web, worker or all")
			listen := flags.String("listen", "127.0.0.1:8788", "`address` of pages, API, webhooks, metrics and health")
			https := flags.Bool("https", true, "the sites' public addresses begin with https")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				if *role != "web" && *role != "worker" && *role != "all" {
					return usageError(fmt.Sprintf("--role %q is not web, worker or all", *role))
				}
				cfg := house.FromEnvironment(house.Config{Edge: house.Edge{HTTPS: *https}}, t.lookup)
				logger := telemetry.NewLogger(t.out, slog.LevelInfo)
				h, err := house.Open(ctx, cfg, house.Tools{Logger: logger, Version: version()})
				if err != nil {
					return err
				}
				defer h.Close(context.WithoutCancel(ctx))
				return serve(ctx, h, *role, *listen, logger)
			}
		},
	}
}

func serve(ctx context.Context, h *house.House, role, listen string, logger *slog.Logger) error {
	var handler http.Handler = h.Handler()
	if role == "worker" {
		handler = h.Operations()
	}
	w, err := part.StartWeb("origin", listen, handler, logger, nil)
	if err != nil {
		return err
	}
	logger.Info("serving", "role", role, "address", listen)
	group, ctx := errgroup.WithContext(ctx)
	if role != "web" {
		group.Go(func() error { return h.Work(ctx) })
	}
	group.Go(func() error { h.Watch(ctx); return nil })
	group.Go(func() error {
		select {
		case <-ctx.Done():
		case <-w.Done():
			return fmt.Errorf("the origin's server ended: %w", w.Err())
		}
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		return w.Stop(stopping)
	})
	return group.Wait()
}
