package pgserver

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/origin/process"
)

// Kill kills every process of the server at once, as a machine does that loses its power (but for what the kernel had
// yet to write). For tests. A server that has ended already is not an error.
func (s *Server) Kill(ctx context.Context) error {
	killed := s.everyProcess(syscall.SIGKILL)
	return errors.Join(killed, s.Process.Stop(ctx, process.Step{Signal: syscall.SIGKILL, Wait: 10 * time.Second}))
}

// Restart starts a server that has ended on the same port and data: it recovers from its log. For tests.
func (s *Server) Restart(ctx context.Context) error {
	again, err := Start(ctx, s.config)
	if err != nil {
		return fmt.Errorf("start Postgres after a crash: %w", err)
	}
	s.Process = again.Process
	return nil
}

// Crash is Kill and Restart.
func (s *Server) Crash(ctx context.Context) error {
	if err := s.Kill(ctx); err != nil {
		return err
	}
	return s.Restart(ctx)
}
