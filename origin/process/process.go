// Package process runs a program as a child that never outlives its parent by accident: the kernel signals the child
// when this process dies, even by kill -9, and Ctrl-C in a terminal reaches only this process, which then stops its
// children in the order it wants.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Spec says what to run. Path is not looked up on PATH.
type Spec struct {
	Path string
	Args []string // without the program's own name
	Env  []string // nil: this process's environment
	Dir  string   // nil string: this process's working directory
	// Output receives standard output and error. A file, not a pipe, so that the child can still write when its
	// parent is gone. nil discards.
	Output *os.File
	// As runs the program as another user; only root can. nil: the current user.
	As *User
	// OnDeath is sent to the child when this process dies. 0 means SIGKILL. Ignored when Detached.
	OnDeath syscall.Signal
	// Detached starts a session of its own, meant to outlive this process.
	Detached bool
	// Background gives the child only what processor time others leave, and has it be the first to go when memory runs
	// out. Linux only; elsewhere it changes nothing.
	Background bool
}

// Process is a running or finished child. Its methods may be called from several goroutines.
type Process struct {
	pid  int
	done chan struct{}
	err  error
	proc *os.Process
}

// Start starts the program and returns as soon as it runs. The error names the program.
func Start(spec Spec) (*Process, error) {
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Env, cmd.Dir = spec.Env, spec.Dir
	if spec.Output != nil {
		cmd.Stdout, cmd.Stderr = spec.Output, spec.Output
	}
	cmd.SysProcAttr = attributes(spec)
	p := &Process{done: make(chan struct{})}
	started := make(chan error, 1)
	// The parent-death signal fires when the thread that forked dies, so that thread is kept for the child's life.
	go func() {
		runtime.LockOSThread()
		if spec.Background && lower() {
			// The child inherits the thread's priority, which cannot be raised again: the thread goes with this goroutine.
		} else {
			defer runtime.UnlockOSThread()
		}
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid, p.proc = cmd.Process.Pid, cmd.Process
		if spec.Background {
			dispensable(p.pid)
		}
		started <- nil
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Path, err)
	}
	return p, nil
}

// PID is the child's process ID.
func (p *Process) PID() int { return p.pid }

// Done is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the child ended: nil for exit status 0. Only meaningful after Done is closed.
func (p *Process) Err() error { return p.err }

// Signal sends a signal; a child that has already ended is not an error.
func (p *Process) Signal(s syscall.Signal) error {
	if err := p.proc.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %d: %w", p.pid, err)
	}
	return nil
}

// Step is one attempt to end a child: a signal, and how long to wait for it to work.
type Step struct {
	Signal syscall.Signal
	Wait   time.Duration
}

// Stop tries the steps in order until the child has ended, then SIGKILL. A cancelled ctx skips the waiting. When it
// returns nil the child is gone.
func (p *Process) Stop(ctx context.Context, steps ...Step) error {
	for _, step := range append(steps, Step{syscall.SIGKILL, 10 * time.Second}) {
		if err := p.Signal(step.Signal); err != nil {
			return err
		}
		wait := ctx.Done()
		if step.Signal == syscall.SIGKILL {
			wait = nil
		}
		timer := time.NewTimer(step.Wait)
		select {
		case <-p.done:
			timer.Stop()
			return nil
		case <-wait:
		case <-timer.C:
		}
		timer.Stop()
	}
	return fmt.Errorf("process %d did not end after SIGKILL", p.pid)
}
