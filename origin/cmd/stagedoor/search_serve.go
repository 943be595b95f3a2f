package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"time"

	"github.com/stagedoor/stagedoor/origin/telemetry"
	"github.com/stagedoor/stagedoor/origin/up/part"
	"github.com/stagedoor/stagedoor/search/local"
)

func searchServeCommand() *command {
	return &command{
		name: "search serve", about: "run the search server alone",
		more: `It speaks the Typesense HTTP API. What it has acknowledged is on the disk: it comes back with it after a restart, a crash or
a power cut. One server at a time may have a folder. SIGTERM lets requests under way finish. The log is JSON on standard
output.`,
		examples: []string{
			"TYPESENSE_API_KEY=… stagedoor search serve --addr 127.0.0.1:8108 --data /var/lib/stagedoor-search",
			"stagedoor search serve --addr 127.0.0.1:8108 --key xyz --data ./search",
		},
		setup: func(flags *flag.FlagSet) action {
			addr := flags.String("addr", "127.0.0.1:8108", "`address` to listen at, host:port")
			key := flags.String("key", "", "the admin API `key`; TYPESENSE_API_KEY when empty, which other users of this machine cannot see")
			data := flags.String("data", "", "`folder` of its data, made when there is none")
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				if *key == "" {
					*key, _ = t.lookup("TYPESENSE_API_KEY")
				}
				if *key == "" {
					return usageError("name the admin key by --key or TYPESENSE_API_KEY")
				}
				if *data == "" {
					return usageError("name the folder of its data by --data")
				}
				return serveSearch(ctx, local.Config{Dir: *data, APIKey: *key, Logger: telemetry.NewLogger(t.out, slog.LevelInfo)}, *addr)
			}
		},
	}
}

func serveSearch(ctx context.Context, cfg local.Config, addr string) error {
	begin := time.Now()
	engine, err := local.Open(cfg)
	if err != nil {
		return err
	}
	w, err := part.StartWeb("search", addr, engine, cfg.Logger, engine.Close)
	if err != nil {
		return errors.Join(err, engine.Close())
	}
	cfg.Logger.Info("serving", "address", addr, "data", cfg.Dir, "opened_s", time.Since(begin).Seconds())
	select {
	case <-ctx.Done():
	case <-w.Done():
		return fmt.Errorf("the search server ended: %w", w.Err())
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	return w.Stop(stopping)
}
