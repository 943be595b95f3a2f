// Package redistest runs a real redis-server for a test: on a free loopback port, with its files in the
// test's own folder, and with the means to kill it, freeze it, empty it and start it again.
package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/freeport"
)

// patience is how long a server may take to start or to stop before the test fails.
const patience = 20 * time.Second

// Server is one redis-server process. Every write is handed to the kernel before it is answered, so what
// was acknowledged before Kill is there after Restart, unless Empty was called between the two.
type Server struct {
	t    testing.TB
	path string // of redis-server
	dir  string
	port int
	args []string

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd ended
}

// Start runs a redis-server until the test ends, with further arguments if there are any. Without redis-server on PATH
// the test is skipped.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not on PATH (Debian package redis-server): tests against a real Redis could not run")
	}
	s := &Server{t: t, path: path, dir: t.TempDir(), args: args}
	t.Cleanup(s.Kill)
	const attempts = 5 // another process may take the free port between our look and Redis's bind
	for range attempts {
		if s.port, err = freeport.One(); err != nil {
			t.Fatalf("redistest: find a port: %v", err)
		}
		if err = s.launch(); err == nil {
			return s
		}
	}
	t.Fatalf("redistest: start redis-server: %v", err)
	return nil
}

// Client is a client of a redis-server of the test's own, for tests that never need to disturb it.
func Client(t testing.TB) *redis.Client {
	t.Helper()
	return Start(t).Client()
}

// Addr is the host:port the server listens on; it stays the same over a Restart.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// URL is the address in the form that redis.ParseURL reads.
func (s *Server) URL() string { return "redis://" + s.Addr() + "/0" }

// Client makes a client of this server, closed when the test ends.
func (s *Server) Client() *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: s.Addr(), ContextTimeoutEnabled: true})
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}

// Kill ends the server at once, as a crash would. Killing a dead server does nothing.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.done
	s.cmd = nil
}

// Restart starts a killed server on the same port with the data it had written.
func (s *Server) Restart() {
	s.t.Helper()
	if err := s.launch(); err != nil {
		s.t.Fatalf("redistest: restart redis-server: %v", err)
	}
}

// Empty removes the data of a killed server: the next Restart finds nothing.
func (s *Server) Empty() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		s.t.Fatal("redistest: Empty needs a killed server")
	}
	for _, name := range []string{"appendonlydir", "dump.rdb"} {
		if err := os.RemoveAll(filepath.Join(s.dir, name)); err != nil {
			s.t.Fatalf("redistest: empty: %v", err)
		}
	}
}

// Freeze stops the process without closing its connections, as a stalled machine would; Thaw lets it go on.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		s.t.Fatalf("redistest: %v needs a running server", sig)
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("redistest: %v: %v", sig, err)
	}
}

// launch starts the process and waits until it answers.
func (s *Server) launch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		return errors.New("it is running")
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(s.path, append([]string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(s.port), "--dir", s.dir, "--daemonize", "no",
		"--save", "", "--appendonly", "yes", "--appendfsync", "no"}, s.args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	if err := s.ready(done); err != nil {
		_ = cmd.Process.Kill()
		<-done
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w; its log:\n%s", err, text)
	}
	s.cmd, s.done = cmd, done
	return nil
}

// ready waits for a PONG, for the process to end or for patience to run out.
func (s *Server) ready(done <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: s.Addr(), MaxRetries: -1})
	defer func() { _ = client.Close() }()
	for {
		err := client.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		select {
		case <-done:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return fmt.Errorf("no answer in %s: %w", patience, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
