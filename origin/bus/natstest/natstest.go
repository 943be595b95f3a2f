// Package natstest runs a real nats-server inside a test binary, with JetStream on files in the test's own
// folder, and with the means to stop it and start it again where it left off.
package natstest

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/stagedoor/stagedoor/origin/freeport"
)

// patience is how long a server may take to start before the test fails.
const patience = 20 * time.Second

// Server is one nats-server. It keeps its port and its files over a Restart.
type Server struct {
	t   testing.TB
	dir string

	mu      sync.Mutex
	port    int
	disk    int64 // bytes that streams may take, 0: as many as there are
	running *server.Server
}

// Start runs a server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	port, err := freeport.One()
	if err != nil {
		t.Fatalf("natstest: %v", err)
	}
	s := &Server{t: t, dir: t.TempDir(), port: port}
	t.Cleanup(s.Stop)
	s.Restart()
	return s
}

// Disk bounds what streams may take from the next Restart on, in bytes: a disk that is full. 0 lifts the bound.
func (s *Server) Disk(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disk = bytes
}

// URL is where clients connect; it stays the same over a Restart.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "nats://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
}

// Stop ends the server and drops its connections. Stopping a stopped server does nothing.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return
	}
	s.running.Shutdown()
	s.running.WaitForShutdown()
	s.running = nil
}

// Restart starts a stopped server on the same port and files.
func (s *Server) Restart() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		s.t.Fatal("natstest: Restart needs a stopped server")
	}
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: s.port, JetStream: true, StoreDir: s.dir,
		NoLog: true, NoSigs: true, SyncAlways: true, MaxPayload: 1 << 20, JetStreamMaxStore: s.disk,
	})
	if err != nil {
		s.t.Fatalf("natstest: %v", err)
	}
	srv.Start()
	if !srv.ReadyForConnections(patience) {
		srv.Shutdown()
		s.t.Fatalf("natstest: the server did not start in %s", patience)
	}
	s.running = srv
}

// Connect makes a connection that reconnects for ever, closed when the test ends.
func (s *Server) Connect() *nats.Conn {
	s.t.Helper()
	conn, err := nats.Connect(s.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond),
		nats.ReconnectJitter(0, 0), nats.Timeout(patience))
	if err != nil {
		s.t.Fatalf("natstest: connect: %v", err)
	}
	s.t.Cleanup(conn.Close)
	return conn
}

// JetStream makes a JetStream context on a connection of its own.
func (s *Server) JetStream() jetstream.JetStream {
	s.t.Helper()
	js, err := jetstream.New(s.Connect())
	if err != nil {
		s.t.Fatalf("natstest: jetstream: %v", err)
	}
	return js
}

// Truncate cuts the end off the newest file of messages, as a disk does that lost what it had promised to keep. The
// server must be stopped. What it had noted about its files goes too: it would believe it.
func (s *Server) Truncate(bytes int64) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		s.t.Fatal("natstest: Truncate needs a stopped server")
	}
	blocks, err := filepath.Glob(filepath.Join(s.dir, "jetstream", "*", "streams", "*", "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		s.t.Fatalf("natstest: no messages in files: %v", err)
	}
	newest, at := "", time.Time{}
	for _, block := range blocks {
		info, err := os.Stat(block)
		if err != nil {
			s.t.Fatal(err)
		}
		if info.ModTime().After(at) {
			newest, at = block, info.ModTime()
		}
	}
	info, err := os.Stat(newest)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.Truncate(newest, max(0, info.Size()-bytes)); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(filepath.Dir(newest), "index.db")); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
}
