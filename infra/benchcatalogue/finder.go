package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/typesense/typesense-go/v3/typesense"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/infra/tinygo"
	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/search/index"
)

// finderKey opens it.
const finderKey = "bench"

// finder is `stagedoor search serve`, a process of its own.
type finder struct {
	dir    string
	cmd    *exec.Cmd
	log    bytes.Buffer
	client *typesense.Client
}

// openFinder compiles the program and runs it on an empty folder, which close removes.
func openFinder(ctx context.Context) (_ *finder, err error) {
	f := &finder{}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return nil, err
	}
	if f.dir, err = os.MkdirTemp("", "bench-search-"); err != nil {
		return nil, err
	}
	program, err := bench.Build(ctx, root, f.dir)
	if err != nil {
		return nil, err
	}
	port, err := freeport.One()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	f.cmd = exec.CommandContext(ctx, program, "search", "serve", "--addr", address, "--data", filepath.Join(f.dir, "data"))
	f.cmd.Env = append(os.Environ(), "TYPESENSE_API_KEY="+finderKey)
	f.cmd.Stdout, f.cmd.Stderr = &f.log, &f.log
	f.cmd.Cancel = func() error { return f.cmd.Process.Signal(syscall.SIGTERM) }
	f.cmd.WaitDelay = 30 * time.Second
	if err := f.cmd.Start(); err != nil {
		return nil, err
	}
	f.client, err = index.Connect(index.Config{URL: "http://" + address, APIKey: finderKey, Timeout: 30 * time.Minute})
	if err != nil {
		return nil, err
	}
	return f, f.healthy(ctx, "http://"+address+"/health")
}

// healthy waits until it answers.
func (f *finder) healthy(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the search server does not answer: %s", f.log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (f *finder) close() error {
	var errs []error
	if f.cmd != nil && f.cmd.Process != nil {
		errs = append(errs, f.cmd.Process.Signal(syscall.SIGTERM))
		_ = f.cmd.Wait() // it was told to end; how it says so does not matter
	}
	if f.dir != "" {
		errs = append(errs, os.RemoveAll(f.dir))
	}
	return errors.Join(errs...)
}

// memory is what the process holds in memory, bytes.
func (f *finder) memory() float64 {
	n, _ := bench.Memory(f.cmd.Process.Pid)
	return float64(n)
}
