package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/freeport"
)

// patience bounds a start of the whole house: a cold one compiles nothing but makes a database and a season.
const patience = 4 * time.Minute

// openHouse is a running `stagedoor up`.
type openHouse struct {
	binary, data string
	port         int
	spans        *traces       // what its parts send
	ended        chan struct{} // closed when it has ended
}

// site is the theatre where walks buy that nobody should disturb.
func (h *openHouse) site() string { return h.at("savoy", "") }

// at is an address on a theatre's site, or on another that the house has: "console", "stagedoor".
func (h *openHouse) at(site, path string) string {
	return fmt.Sprintf("http://%s.localhost:%d%s", site, h.port, path)
}

func (h *openHouse) mailbox() string { return fmt.Sprintf("http://127.0.0.1:%d/dev/mail", h.port+1) }

// start builds the program as people run it and opens a house with it, stopped with the test as by Ctrl-C.
func start(t *testing.T) *openHouse {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	h := &openHouse{binary: filepath.Join(t.TempDir(), "stagedoor"), data: filepath.Join(t.TempDir(), "house"), port: freePorts(t, 9), spans: collect(t), ended: make(chan struct{})}
	if _, err := bench.Build(t.Context(), root, filepath.Dir(h.binary)); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	up := exec.Command(h.binary, "up", "--port", fmt.Sprint(h.port), "--data", h.data)
	up.Dir, up.Stdout, up.Stderr = root, &said, &said
	// Single seats may be left between others, all year: the walks take the seats they please.
	up.Env = append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+h.spans.URL, "STAGEDOOR_LONE_SEATS=8760h")
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	var result error // of the house; read it when it has ended
	go func() { defer close(h.ended); result = up.Wait() }()
	t.Cleanup(func() {
		if err := up.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("Ctrl-C: %v", err)
		}
		select {
		case <-h.ended:
			if result != nil {
				t.Errorf("the house did not stop cleanly: %v", result)
			}
		case <-time.After(time.Minute):
			_ = up.Process.Kill()
			<-h.ended
			t.Error("the house did not stop within a minute of Ctrl-C")
		}
		if t.Failed() {
			t.Logf("the house said:\n%s", tail(said.String(), 60))
		}
	})
	return h
}

// untilOpen waits until the house answers.
func (h *openHouse) untilOpen(t *testing.T) {
	t.Helper()
	client := newClient(h)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		select {
		case <-h.ended:
			t.Fatal("the house closed while it was opening")
		default:
		}
		if res, err := client.Get(h.at("console", "/sign-in")); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatal("the house does not open")
}

// run runs a command of the program against the house and returns what it printed.
func (h *openHouse) run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, h.binary, append(args, "--data", h.data)...).CombinedOutput()
	return string(out), err
}

func freePorts(t *testing.T, n int) int {
	t.Helper()
	first, err := freeport.Row(n)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
