package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/up"
	"github.com/stagedoor/stagedoor/origin/up/datadir"
)

const (
	defaultData = ".stagedoor"
	defaultPort = 8787
)

// where finds the house that a command works with: the one that runs in a data folder, or what the environment names.
type where struct{ data string }

func (w *where) flag(flags *flag.FlagSet) {
	flags.StringVar(&w.data, "data", defaultData, "the data `folder` of a running `stagedoor up`, to work with that one")
}

// config is the running house's, with what the environment names in its place.
func (w *where) config(t terminal) (house.Config, error) {
	var running up.Running
	err := datadir.Running(w.data, &running)
	if err != nil && !errors.Is(err, datadir.ErrNotRunning) {
		return house.Config{}, err
	}
	cfg := house.FromEnvironment(running.House, t.lookup)
	if cfg.DatabaseURL == "" {
		return cfg, fmt.Errorf("no house is running in %s, and DATABASE_URL is not set: start one with `make up`, or name another with --data or by environment variables", w.data)
	}
	return cfg, nil
}

// desk is where edge configuration is changed: a database, and where to publish.
type desk struct {
	*edgeconfig.Editor
	publisher *edgeconfig.Publisher
	edge      house.Edge
	zone      edgeconfig.Zone
}

// desk lets work change the edge configuration of the house.
func (w *where) desk(ctx context.Context, t terminal, work func(*desk) error) error {
	cfg, err := w.config(t)
	if err != nil {
		return err
	}
	db, err := postgres.Open(ctx, cfg.DatabaseURL, postgres.Config{MaxConns: 4, Application: "stagedoor command"})
	if err != nil {
		return err
	}
	defer db.Close()
	editor, publisher := house.EdgeConfig(db, cfg, house.Tools{Logger: quiet(t)})
	return work(&desk{editor, publisher, cfg.Edge, cfg.Zone()})
}

// publish makes a change known to the edge and says so. The change itself is safe by now: if publishing fails, the
// house publishes it as soon as it can.
func (d *desk) publish(ctx context.Context, t terminal) error {
	if _, err := d.publisher.Publish(ctx, edgeconfig.Options{}); err != nil {
		return fmt.Errorf("the change is saved but not yet in force: %w\nA running house publishes it as soon as it can; `stagedoor publish` tries again", err)
	}
	fmt.Fprintf(t.out, "Published; in force %s.\n", d.edge.EdgeDelay())
	return nil
}

// actor is who changes something, for the audit.
func actor() string {
	if u, err := user.Current(); err == nil {
		return "cli:" + u.Username
	}
	return fmt.Sprintf("cli:uid %d", os.Getuid())
}

// quiet logs warnings and worse as text.
func quiet(t terminal) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// checkout is the nearest folder upwards that holds the edge and its packages.
func checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the checkout: %w", err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		body, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil && strings.HasPrefix(string(body), "module github.com/stagedoor/stagedoor\n") {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is not inside a checkout of Stagedoor: `stagedoor up` needs edge/ and node_modules/ from there", dir)
		}
	}
}
