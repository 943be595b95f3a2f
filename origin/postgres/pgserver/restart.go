package pgserver

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/origin/process"
)

// Crash kills every process of the server at once, as a machine does that loses its power (but for what the kernel had
// yet to write), and starts it again on the same port and data: it recovers from its log. For tests.
func (s *Server) Crash(ctx context.Context) error {
	killed := s.everyProcess(syscall.SIGKILL)
	ended := s.Process.Stop(ctx, process.Step{Signal: syscall.SIGKILL, Wait: 10 * time.Second})
	if killed != nil {
		return errors.Join(killed, ended)
	}
	again, err := Start(ctx, s.config)
	if err != nil {
		return fmt.Errorf("start Postgres after a crash: %w", err)
	}
	s.Process = again.Process
	return nil
}
