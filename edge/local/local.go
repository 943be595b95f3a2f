// Package local runs the edge on this machine: a Node process that holds
// workerd with the Worker in it, and the part of Cloudflare's REST API that
// publishes to its KV. `stagedoor up` and the tests start it here and stop it
// here; when this process dies, so does that one.
package local

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Config says how to run the edge. Zero ports are picked by the system.
type Config struct {
	// Root is the checkout, with edge/, node_modules/ and build/edge.wasm.
	Root string
	// Port serves the Worker, on 127.0.0.1.
	Port int
	// APIPort serves Cloudflare's REST API for Workers KV, on 127.0.0.1.
	APIPort int
	// DataDir keeps what is in KV and in Durable Objects. It is made when missing.
	DataDir string
	// Wasm is the module to run. Empty: build/edge.wasm in Root.
	Wasm string
	// RoomWasm is the module of the waiting rooms. Empty: build/room.wasm in Root.
	RoomWasm string
	// HopKey signs the hop to the origin: at least 16 bytes of text, used as
	// they are. Edge and origin need the same.
	HopKey string
	// RoomKeys is the ring of keys that waiting rooms sign with, as
	// waitingroom/token.ParseRing reads it. Edge and origin need the same.
	// Empty: rooms run without a key, open or closed as each says.
	RoomKeys string
	// APIToken is the bearer token the REST API asks for: at least 16 bytes.
	APIToken string
	// AccountID and NamespaceID are what the API's paths name. Empty:
	// DefaultAccountID and DefaultNamespaceID.
	AccountID, NamespaceID string
	// Traces is an OTLP/HTTP collector's address, "http://127.0.0.1:4318", for
	// the Worker's own spans. Empty: none are sent.
	Traces string
	// Ops is the ops Worker, to be run beside. Nil: it is not.
	Ops *Ops
	// SharedLimit is how many requests of one client and class the counters
	// that isolates share allow in a minute. 0: more than any site here does.
	SharedLimit int
	// Log receives the process's log lines. Nil: none.
	Log *slog.Logger
	// Faults serves /__faults, where tests switch faults on. See faulty.mjs.
	Faults bool
}

// Ops says how to run the ops Worker.
type Ops struct {
	// Port serves it, on 127.0.0.1.
	Port int
	// Dir holds its modules: see package infra/opsworker.
	Dir string
	// Token is what operators show: at least 32 bytes.
	Token string
	// OriginURL is where the origin repairs drift.
	OriginURL string
	// Cron is how often it is asked to. Zero: when RunCron is called.
	Cron time.Duration
}

// What an unset AccountID and NamespaceID are.
const (
	DefaultAccountID   = "local"
	DefaultNamespaceID = "sites"
)

const (
	startTimeout = 3 * time.Minute // of a machine that does much else
	stopTimeout  = 8 * time.Second
)

// Edge is a running edge.
type Edge struct {
	// URL is where the Worker answers, "http://127.0.0.1:8787". Which site it
	// shows is up to the Host header.
	URL string
	// APIURL is the base for cloudflare-go's option.WithBaseURL,
	// "http://127.0.0.1:8790/client/v4/".
	APIURL string
	// AccountID and NamespaceID are what to publish to.
	AccountID, NamespaceID string
	// OpsURL is where the ops Worker answers, "" when it is not run.
	OpsURL string

	cmd   *exec.Cmd
	stdin io.WriteCloser
	done  chan struct{}
	err   error // valid once done is closed
	stop  sync.Once
	asked bool // to end; valid after stop
}

// Start runs the edge and returns when it answers. ctx bounds the start only;
// Close ends the edge. What is missing (node, npm packages, the module) is
// named in the error.
func Start(ctx context.Context, c Config) (*Edge, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, errors.New("edge/local: node is not on PATH: install Node.js 20 or newer")
	}
	if c.AccountID == "" {
		c.AccountID = DefaultAccountID
	}
	if c.NamespaceID == "" {
		c.NamespaceID = DefaultNamespaceID
	}
	if c.Wasm == "" {
		c.Wasm = filepath.Join(c.Root, "build", "edge.wasm")
	}
	if c.RoomWasm == "" {
		c.RoomWasm = filepath.Join(c.Root, "build", "room.wasm")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	e := &Edge{AccountID: c.AccountID, NamespaceID: c.NamespaceID, done: make(chan struct{})}
	e.cmd = exec.Command(node, arguments(c)...)
	e.cmd.Dir = c.Root
	opsToken := ""
	if c.Ops != nil {
		opsToken = c.Ops.Token
	}
	e.cmd.Env = append(os.Environ(), "STAGEDOOR_OPS_TOKEN="+opsToken, "STAGEDOOR_HOP_KEY="+c.HopKey, "STAGEDOOR_CLOUDFLARE_TOKEN="+c.APIToken,
		"STAGEDOOR_OTLP_ENDPOINT="+c.Traces, "STAGEDOOR_ROOM_KEYS="+c.RoomKeys)
	// A group of its own: Ctrl-C reaches only this process, which then ends
	// the edge in its turn; and what node leaves behind can be found.
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if e.stdin, err = e.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("edge/local: %w", err)
	}
	stdout, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("edge/local: %w", err)
	}
	stderr, err := e.cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("edge/local: %w", err)
	}
	if err := e.cmd.Start(); err != nil {
		return nil, fmt.Errorf("edge/local: start node: %w", err)
	}
	logs := &relay{log: c.Log}
	ready := make(chan error, 1)
	var readers sync.WaitGroup
	readers.Go(func() { ready <- e.readReady(stdout) })
	readers.Go(func() { logs.run(stderr) })
	go func() {
		readers.Wait()
		e.err = e.cmd.Wait()
		_ = syscall.Kill(-e.cmd.Process.Pid, syscall.SIGKILL) // a workerd left behind
		close(e.done)
	}()

	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = ctx.Err()
	case <-timeout.C:
		err = fmt.Errorf("it was not ready within %s", startTimeout)
	}
	if err != nil {
		_ = e.Close()
		if last := logs.lastError(); last != "" {
			return nil, fmt.Errorf("edge/local: %s", last)
		}
		return nil, fmt.Errorf("edge/local: %w", err)
	}
	return e, nil
}

func arguments(c Config) []string {
	args := []string{
		filepath.Join(c.Root, "edge", "local", "run.mjs"), "--supervised",
		"--port", strconv.Itoa(c.Port), "--api-port", strconv.Itoa(c.APIPort),
		"--data", c.DataDir, "--wasm", c.Wasm, "--room-wasm", c.RoomWasm,
		"--account", c.AccountID, "--namespace", c.NamespaceID,
	}
	if c.Ops != nil {
		args = append(args, "--ops", c.Ops.Dir, "--ops-port", strconv.Itoa(c.Ops.Port), "--ops-origin", c.Ops.OriginURL,
			"--ops-cron", strconv.Itoa(int(c.Ops.Cron.Seconds())))
	}
	if c.SharedLimit > 0 {
		args = append(args, "--shared-limit", strconv.Itoa(c.SharedLimit))
	}
	if c.Faults {
		args = append(args, "--faults")
	}
	return args
}

// readReady waits for the line that says where the edge answers, then drains.
func (e *Edge) readReady(stdout io.Reader) error {
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return errors.New("node ended before the edge was ready")
	}
	var ready struct {
		URL    string `json:"url"`
		APIURL string `json:"api_url"`
		OpsURL string `json:"ops_url"`
	}
	if err := json.Unmarshal(line, &ready); err != nil || ready.URL == "" {
		return fmt.Errorf("node said %q where the addresses belong", line)
	}
	e.URL, e.APIURL, e.OpsURL = ready.URL, ready.APIURL+"/client/v4/", ready.OpsURL
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return nil
}

// RunCron has the ops Worker's cron run now. It returns at once.
func (e *Edge) RunCron() error {
	if _, err := io.WriteString(e.stdin, "cron\n"); err != nil {
		return fmt.Errorf("edge/local: %w", err)
	}
	return nil
}

// Done is closed when the edge has ended, whoever ended it.
func (e *Edge) Done() <-chan struct{} { return e.done }

// Close ends the edge and waits until nothing of it is left. It may be called
// more than once. It returns nil when the edge ended because it was asked to,
// and why it ended when it did so on its own.
func (e *Edge) Close() error {
	e.stop.Do(func() {
		select {
		case <-e.done: // it ended before anyone asked it to
			return
		default:
		}
		e.asked = true
		_ = e.stdin.Close()
		_ = e.cmd.Process.Signal(syscall.SIGTERM)
	})
	select {
	case <-e.done:
	case <-time.After(stopTimeout):
		_ = syscall.Kill(-e.cmd.Process.Pid, syscall.SIGKILL)
		<-e.done
		return errors.New("edge/local: the edge did not end when asked to and was killed")
	}
	if e.err != nil && !e.asked {
		return fmt.Errorf("edge/local: the edge ended on its own: %w", e.err)
	}
	return nil
}
