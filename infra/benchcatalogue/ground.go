package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/typesense/typesense-go/v3/typesense"

	"github.com/stagedoor/stagedoor/search/index"
	"github.com/stagedoor/stagedoor/search/local"
)

// ground is what the catalogue stands on: servers, and a search server of its
// own in this process.
type ground struct {
	*servers
	find   *local.Server
	web    *http.Server
	client *typesense.Client
	logger *slog.Logger
}

const searchKey = "bench"

func openGround(ctx context.Context) (_ *ground, err error) {
	g := &ground{logger: slog.New(slog.DiscardHandler)}
	if g.servers, err = openServers(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.close())
		}
	}()
	if g.find, err = local.Open(local.Config{Dir: filepath.Join(g.dir, "search"), APIKey: searchKey}); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g.web = &http.Server{Handler: g.find, ReadHeaderTimeout: time.Minute}
	go func() { _ = g.web.Serve(listener) }()
	g.client, err = index.Connect(index.Config{URL: "http://" + listener.Addr().String(), APIKey: searchKey})
	return g, err
}

func (g *ground) close() error {
	var errs []error
	if g.web != nil {
		errs = append(errs, g.web.Close())
	}
	if g.find != nil {
		errs = append(errs, g.find.Close())
	}
	g.servers.close()
	return errors.Join(errs...)
}
