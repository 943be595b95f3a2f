package pgserver

import (
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/stagedoor/stagedoor/origin/process"
)

// Freeze stops the server and all its sessions where they are, as a machine does that is out of memory or paused:
// connections stay open and are even taken in, but nobody answers. It is for tests. Thaw lets them go on.
func (s *Server) Freeze() error {
	if err := s.Signal(syscall.SIGSTOP); err != nil { // first, so that no session begins
		return fmt.Errorf("freeze Postgres: %w", err)
	}
	return s.everyProcess(syscall.SIGSTOP)
}

// Thaw undoes Freeze.
func (s *Server) Thaw() error { return s.everyProcess(syscall.SIGCONT) }

func (s *Server) everyProcess(signal syscall.Signal) error {
	var failed []error
	var told []int
	for { // until there is none that we have not told
		all := process.InDirectory(s.dir)
		left := slices.DeleteFunc(all, func(pid int) bool { return slices.Contains(told, pid) })
		if len(left) == 0 {
			return errors.Join(failed...)
		}
		for _, pid := range left {
			if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				failed = append(failed, fmt.Errorf("signal the Postgres process %d: %w", pid, err))
			}
			told = append(told, pid)
		}
	}
}

// Processes lists the server's processes: itself, its sessions and what works for them.
func (s *Server) Processes() []int { return process.InDirectory(s.dir) }
