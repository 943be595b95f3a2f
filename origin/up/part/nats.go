package part

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/stagedoor/stagedoor/origin/up/keep"
)

// NATSConfig says how to run a nats-server with JetStream in this process.
type NATSConfig struct {
	Dir    string // of the streams
	Port   int
	Token  string // what clients show
	Logger *slog.Logger
}

// NATS is a running nats-server.
type NATS struct {
	server *server.Server
	url    string
	done   chan struct{}
}

var _ keep.Part = (*NATS)(nil)

// StartNATS returns once clients may connect.
func StartNATS(cfg NATSConfig) (*NATS, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "stagedoor", Host: "127.0.0.1", Port: cfg.Port, Authorization: cfg.Token,
		JetStream: true, StoreDir: cfg.Dir, NoSigs: true, // signals belong to the program it lives in
	})
	if err != nil {
		return nil, fmt.Errorf("NATS: %w", err)
	}
	s.SetLoggerV2(natsLog{cfg.Logger}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		s.Shutdown()
		return nil, errors.New("NATS did not start; its reasons are in the log")
	}
	n := &NATS{s, fmt.Sprintf("nats://%s@127.0.0.1:%d", cfg.Token, cfg.Port), make(chan struct{})}
	go func() {
		s.WaitForShutdown()
		close(n.done)
	}()
	return n, nil
}

// URL is the server's address, with the token in it.
func (n *NATS) URL() string { return n.url }

// Done implements keep.Part.
func (n *NATS) Done() <-chan struct{} { return n.done }

// Err implements keep.Part: a server in this process ends only when it shuts itself down, which it logs.
func (n *NATS) Err() error { return errors.New("it shut itself down; its reasons are in the log") }

// Stop writes the streams down and closes the connections.
func (n *NATS) Stop(ctx context.Context) error {
	go n.server.Shutdown()
	select {
	case <-n.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("NATS is still shutting down: %w", ctx.Err())
	}
}

// natsLog passes the server's lines on.
type natsLog struct{ *slog.Logger }

func (l natsLog) Noticef(f string, v ...any) { l.Debug("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Warnf(f string, v ...any)   { l.Warn("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Errorf(f string, v ...any)  { l.Error("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Fatalf(f string, v ...any)  { l.Error("nats: " + fmt.Sprintf(f, v...)) }
func (l natsLog) Debugf(string, ...any)      {}
func (l natsLog) Tracef(string, ...any)      {}
