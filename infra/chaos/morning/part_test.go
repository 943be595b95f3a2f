package morning

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/process"
)

// patience bounds every wait. A busy machine may be slow; none of this is about time.
const patience = 2 * time.Minute

// part is a program of the house, on a port that it keeps over a restart.
type part struct {
	name  string
	path  string
	args  []string
	env   []string
	log   string
	port  int
	ready func(context.Context) error

	mu      sync.Mutex
	process *process.Process // nil while it is not running
}

func (p *part) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)) }

// start runs it and waits until it is ready.
func (p *part) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for { // it may end at once when somebody else's connection has its port for a moment
		err := p.launch()
		if err == nil {
			err = p.await(ctx)
		}
		if err == nil {
			return nil
		}
		p.kill()
		if ctx.Err() != nil {
			said, _ := os.ReadFile(p.log)
			return fmt.Errorf("%s does not start: %w\n%s", p.name, err, said[max(0, len(said)-4000):])
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (p *part) launch() error {
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	started, err := process.Start(process.Spec{Path: p.path, Args: p.args, Env: append(os.Environ(), p.env...), Output: out})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.process = started
	return nil
}

// await waits until it is ready, or has ended.
func (p *part) await(ctx context.Context) error {
	p.mu.Lock()
	running := p.process
	p.mu.Unlock()
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-running.Done():
			return fmt.Errorf("it ended: %w", errors.Join(running.Err(), err))
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// kill ends it at once, by SIGKILL, and returns its number; 0 when it was not running.
func (p *part) kill() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil {
		return 0
	}
	pid := p.process.PID()
	_ = p.process.Signal(syscall.SIGKILL)
	<-p.process.Done()
	p.process = nil
	return pid
}

func (p *part) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil {
		return 0
	}
	return p.process.PID()
}

// newPart is a part that logs to a file of its own.
func newPart(name, dir, path string, ready func(context.Context, *part) error) (*part, error) {
	port, err := freeport.One()
	p := &part{name: name, path: path, log: filepath.Join(dir, name+".log"), port: port}
	p.ready = func(ctx context.Context) error { return ready(ctx, p) }
	return p, err
}
