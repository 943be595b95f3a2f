// Package pgserver runs a Postgres server as a child process: it finds the program, makes the data folder, ends what a
// killed predecessor left behind, waits until the server answers and stops it cleanly. Postgres refuses to run as
// root, so root runs it as an unprivileged user, in a folder which that user can reach.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/process"
)

// ErrOtherVersion means that the data folder was made by another major version of Postgres.
var ErrOtherVersion = errors.New("the Postgres data was written by another version")

// Config says which server to run. The caller makes sure that only one process starts a server on Dir at a time.
type Config struct {
	Binaries Binaries
	Dir      string // data folder, made when missing; see place for what root gets
	Port     int    // on 127.0.0.1, the only address it listens on
	Password string // of the superuser stagedoor, set when the folder is made
	// Settings are server parameters that replace the defaults below, for example {"fsync": "off"}.
	Settings map[string]string
	LogFile  string // appended to; it may be below a folder that the server's user cannot reach
	Detached bool   // outlives this process
	// Env is added to the little that the server is told of its surroundings, for tests.
	Env []string
}

// Server is a running server.
type Server struct {
	*process.Process
	config Config
	dir    string
}

const (
	superuser  = "stagedoor"
	initSuffix = ".new"
)

// Start starts the server and returns once it answers. It takes a second or two the first time, when the data folder
// is made, and a few hundred milliseconds afterwards.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	return start(ctx, cfg, Elsewhere)
}

func start(ctx context.Context, cfg Config, elsewhere string) (*Server, error) {
	u, err := serverUser(cfg.Dir)
	if err != nil {
		return nil, err
	}
	dir, err := place(cfg.Dir, elsewhere, u)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("Postgres data folder: %w", err)
	}
	if cfg.Binaries, err = cfg.Binaries.reachable(u, elsewhere); err != nil {
		return nil, err
	}
	if err := cfg.initialise(ctx, dir, u); err != nil {
		return nil, err
	}
	if err := reap(dir); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(cfg.LogFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("Postgres log: %w", err)
	}
	defer log.Close()
	from, err := log.Seek(0, 2)
	if err != nil {
		return nil, fmt.Errorf("Postgres log: %w", err)
	}
	p, err := process.Start(process.Spec{
		Path: filepath.Join(cfg.Binaries.Dir, "postgres"), Args: cfg.arguments(dir), Env: append(environment(), cfg.Env...), Dir: "/",
		Output: log, As: u, OnDeath: syscall.SIGINT, Detached: cfg.Detached,
	})
	if err != nil {
		return nil, err
	}
	s := &Server{Process: p, config: cfg, dir: dir}
	if err := s.ready(ctx); err != nil {
		stopped, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return nil, errors.Join(fmt.Errorf("Postgres did not start: %w%s", err, lastLines(cfg.LogFile, from)), s.Stop(stopped))
	}
	return s, nil
}

// URL is the address of a database on the server, with the password in it.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", Host: "127.0.0.1:" + strconv.Itoa(s.config.Port), Path: "/" + database,
		User: url.UserPassword(superuser, s.config.Password), RawQuery: "sslmode=disable"}
	return u.String()
}

// Dir is the folder that really holds the data.
func (s *Server) Dir() string { return s.dir }

// Stop ends open sessions, rolling back what they had not committed, writes everything to disk and ends the server.
func (s *Server) Stop(ctx context.Context) error {
	return s.Process.Stop(ctx, process.Step{Signal: syscall.SIGINT, Wait: 15 * time.Second},
		process.Step{Signal: syscall.SIGQUIT, Wait: 5 * time.Second})
}

func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	// Whoever else listens on the port may never answer, so the server's end also ends the waiting.
	trying, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.Done():
			cancel()
		case <-trying.Done():
		}
	}()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(trying, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		if msg := err.Error(); strings.Contains(msg, "28P01") {
			return fmt.Errorf("the server does not accept the stored password: %w", err)
		}
		select {
		case <-s.Done():
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("%w; last try: %w", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// environment keeps a caller's PG* variables away from the server.
func environment() []string {
	env := []string{"LC_ALL=C.UTF-8", "TZ=UTC", "PATH=/usr/bin:/bin"}
	if u, err := user.Current(); err == nil {
		env = append(env, "HOME="+u.HomeDir)
	}
	return env
}

// lastLines returns what the server wrote after the offset from, at most its last ten lines.
func lastLines(path string, from int64) string {
	body, err := os.ReadFile(path)
	if err != nil || int64(len(body)) <= from {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(body[from:])), "\n")
	if len(lines) > 10 {
		lines = lines[len(lines)-10:]
	}
	return "\n  " + strings.Join(lines, "\n  ")
}
