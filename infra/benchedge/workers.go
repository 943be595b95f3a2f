package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
)

// The contestants, as serve.mjs names them.
const (
	bare     = "bare"     // a JavaScript Worker that only responds, or only fetches
	hono     = "hono"     // the same routing work, written with Hono
	instance = "instance" // a new Wasm instance for each request: package instance
	edge     = "edge"     // ours
)

var contestants = []string{bare, hono, instance, edge}

// workers are the contestants at work, in one workerd.
type workers struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	host  map[string]string // host:port by contestant
	pid   int               // workerd's, 0 where it is not known
}

// buildInstance lays the Worker of package instance into a folder.
func buildInstance(ctx context.Context, root, dir string) error {
	for _, step := range []struct{ args, env []string }{
		{args: []string{"run", "github.com/syumai/workers/cmd/workers-assets-gen", "-mode=go", "-o", dir}},
		{[]string{"build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "app.wasm"), "./infra/benchedge/instance"}, []string{"GOOS=js", "GOARCH=wasm"}},
	} {
		cmd := exec.CommandContext(ctx, "go", step.args...)
		cmd.Dir, cmd.Env = root, append(os.Environ(), step.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", step.args[0], err, out)
		}
	}
	return nil
}

// serve starts them, on the processor given if there is one to spare.
func serve(ctx context.Context, root, wasm, instance, origin string, h *house, cpu int) (*workers, error) {
	args := []string{filepath.Join(root, "infra", "benchedge", "serve.mjs"), h.dir, wasm, instance, origin, hopKey}
	cmd := bench.Pinned(ctx, cpu, "node", args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := &workers{cmd: cmd, stdin: stdin, host: map[string]string{}}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		w.close()
		return nil, errors.New("the Workers did not start")
	}
	var urls map[string]string
	if err := json.Unmarshal(line, &urls); err != nil {
		w.close()
		return nil, err
	}
	for name, text := range urls {
		u, err := url.Parse(text)
		if err != nil {
			w.close()
			return nil, err
		}
		w.host[name] = u.Host
	}
	w.pid = bench.RuntimeOf(cmd.Process.Pid)
	return w, nil
}

// close lets them end by themselves, and then does not.
func (w *workers) close() {
	w.stdin.Close()
	timer := time.AfterFunc(10*time.Second, func() { _ = w.cmd.Process.Kill() })
	defer timer.Stop()
	_ = w.cmd.Wait()
}

// state is what the edge says of its Wasm instance.
type state struct {
	MemoryBytes    float64 `json:"memory_bytes"`
	AllocatedBytes float64 `json:"allocated_bytes"`
}

// decideMore has the edge's isolate decide requests so many times, and returns
// how its instance is afterwards.
func (w *workers) decideMore(ctx context.Context, texts []string, rounds int) (s state, err error) {
	body, err := json.Marshal(map[string]any{"texts": texts, "rounds": rounds})
	if err != nil {
		return s, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+w.host[edge]+"/", bytes.NewReader(body))
	if err != nil {
		return s, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return s, fmt.Errorf("the edge answered %s", response.Status)
	}
	return s, json.NewDecoder(response.Body).Decode(&s)
}
