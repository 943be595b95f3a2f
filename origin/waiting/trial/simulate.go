package trial

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/origin/process"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// line is what a simulation in another process writes, as JSON, one a virtual minute and the result last.
type line struct {
	Second   uint32      `json:"second"`
	Admitted int         `json:"admitted"`
	Waiting  int         `json:"waiting"`
	Active   int         `json:"active"`
	Result   *sim.Result `json:"result,omitempty"`
}

// Stream plays a scenario and writes its course: `stagedoor room simulate --stream` does. See Child.
func Stream(ctx context.Context, s sim.Scenario, out io.Writer) error {
	encoder := json.NewEncoder(out)
	var broken error
	result, err := sim.Run(ctx, s, func(second uint32, admitted, waiting, active int) {
		if broken == nil {
			broken = encoder.Encode(line{Second: second, Admitted: admitted, Waiting: waiting, Active: active})
		}
	})
	if err == nil {
		err = broken
	}
	if err != nil {
		return err
	}
	return encoder.Encode(line{Second: result.Seconds, Result: result})
}

// Simulate plays a scenario and tells how far it has come.
type Simulate func(ctx context.Context, s sim.Scenario, tell sim.Progress) (*sim.Result, error)

// Child plays scenarios in a process of its own, so that a sale that goes on in this one is not slowed: it has one
// processor at most, and that only while nobody else wants it, and is the first to go when memory runs out. It ends
// with this process.
type Child struct {
	Program string   // stagedoor
	Args    []string // before the file that holds the scenario
	Env     []string // besides this process's
}

// ErrMemory means that the system ended the child.
var ErrMemory = errors.New("the simulation was ended by the system, most likely for want of memory: try fewer visitors")

// Run is a Simulate.
func (c Child) Run(ctx context.Context, s sim.Scenario, tell sim.Progress) (*sim.Result, error) {
	file, err := os.CreateTemp("", "scenario-*.json")
	if err != nil {
		return nil, fmt.Errorf("simulation: %w", err)
	}
	defer os.Remove(file.Name())
	err = errors.Join(json.NewEncoder(file).Encode(s), file.Close())
	if err != nil {
		return nil, fmt.Errorf("simulation: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("simulation: %w", err)
	}
	defer read.Close()
	child, err := process.Start(process.Spec{
		Path: c.Program, Args: append(c.Args[:len(c.Args):len(c.Args)], file.Name()), Env: append(append(os.Environ(), "GOMAXPROCS=1"), c.Env...),
		Output: write, Background: true,
	})
	write.Close()
	if err != nil {
		return nil, fmt.Errorf("simulation: %w", err)
	}
	ended := context.AfterFunc(ctx, func() { _ = child.Signal(syscall.SIGKILL) }) // it has nothing to tidy up
	defer ended()
	result, said, err := follow(read, tell)
	// Nobody reads what it writes from here on.
	if stop := child.Stop(context.WithoutCancel(ctx), process.Step{Wait: 5 * time.Second}); err == nil {
		err = stop
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("simulation: %w", err)
	case result != nil:
		return result, nil
	case child.Err() != nil && strings.Contains(child.Err().Error(), "killed"):
		return nil, ErrMemory
	}
	return nil, fmt.Errorf("simulation: %w: %s", errors.Join(errors.New("it ended without a result"), child.Err()), said)
}

// follow reads a child's lines. said is what it wrote besides.
func follow(from io.Reader, tell sim.Progress) (result *sim.Result, said string, err error) {
	const longest = 16 << 20 // a result with its series is far shorter
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, longest)
	for lines.Scan() {
		var l line
		if text := lines.Bytes(); !bytes.HasPrefix(text, []byte("{")) || json.Unmarshal(text, &l) != nil {
			said = (said + string(text) + " ")[:min(len(said)+len(text)+1, 2000)]
			continue
		}
		if l.Result != nil {
			result = l.Result
		} else if tell != nil {
			tell(l.Second, l.Admitted, l.Waiting, l.Active)
		}
	}
	return result, strings.TrimSpace(said), lines.Err()
}
