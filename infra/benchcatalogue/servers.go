package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/stagedoor/stagedoor/infra/tinygo"
	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
)

// servers are a Postgres that forces every commit to disk, with the house's
// tables in it, and a nats-server with JetStream on files, as `stagedoor up`
// runs them.
type servers struct {
	dir      string
	postgres *pgserver.Server
	db       *pgxpool.Pool
	nats     *server.Server
	conn     *nats.Conn
}

// openServers starts both in a folder that close removes.
func openServers(ctx context.Context) (_ *servers, err error) {
	s := &servers{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return nil, err
	}
	binaries, err := pgserver.Find(root)
	if err != nil {
		return nil, err
	}
	port, err := freeport.One()
	if err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "bench-catalogue-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(s.dir, 0o711); err != nil { // Postgres runs as somebody else when this is root
		return nil, err
	}
	s.postgres, err = pgserver.Start(ctx, pgserver.Config{
		Binaries: binaries, Dir: filepath.Join(s.dir, "postgres"), Port: port, Password: rand.Text(), LogFile: filepath.Join(s.dir, "postgres.log"),
	})
	if err != nil {
		return nil, err
	}
	logger := slog.New(slog.DiscardHandler)
	if err := postgres.Migrate(ctx, s.postgres.URL("postgres"), logger); err != nil {
		return nil, err
	}
	if s.db, err = postgres.Open(ctx, s.postgres.URL("postgres"), postgres.Config{MaxConns: 20}); err != nil {
		return nil, err
	}
	if s.nats, err = server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: filepath.Join(s.dir, "nats"),
	}); err != nil {
		return nil, err
	}
	s.nats.Start()
	if !s.nats.ReadyForConnections(20 * time.Second) {
		return nil, errors.New("nats-server did not start within 20 s")
	}
	s.conn, err = bus.Connect("nats://"+net.JoinHostPort("127.0.0.1", strconv.Itoa(s.nats.Addr().(*net.TCPAddr).Port)), "bench", logger)
	return s, err
}

// close ends what was started, and removes its files.
func (s *servers) close() {
	if s.conn != nil {
		s.conn.Close()
	}
	if s.nats != nil {
		s.nats.Shutdown()
		s.nats.WaitForShutdown()
	}
	if s.db != nil {
		s.db.Close()
	}
	if s.postgres != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = s.postgres.Stop(ctx)
	}
	if s.dir != "" {
		_ = pgserver.Remove(filepath.Join(s.dir, "postgres"))
		_ = os.RemoveAll(s.dir)
	}
}
