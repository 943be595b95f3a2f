package up_test

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
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/postgres/pgserver"
	"github.com/stagedoor/stagedoor/origin/up/part"
)

// patience bounds each wait; a cold start on a busy machine takes most of a minute.
const patience = 4 * time.Minute

func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// needsTheHouse skips a test where the house cannot be opened.
func needsTheHouse(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("needs node, for the edge")
	}
	if _, err := os.Stat(filepath.Join(root(t), "node_modules", "miniflare")); err != nil {
		t.Skip("needs the Node packages: npm ci")
	}
	if _, err := part.FindRedis(); err != nil {
		t.Skip(err)
	}
	if _, err := pgserver.Find(root(t)); err != nil {
		t.Skip(err)
	}
}

func freePorts(t *testing.T, n int) int {
	t.Helper()
	first, err := freeport.Row(n)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

// program is the binary, built once as people build it.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "stagedoor-up-test-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "stagedoor")
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", path, "github.com/stagedoor/stagedoor/origin/cmd/stagedoor").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); code == 0 && err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// openHouse is a running `stagedoor up`.
type openHouse struct {
	t      *testing.T
	binary string
	data   string
	port   int
	cmd    *exec.Cmd
	out    *transcript
	ended  chan struct{}
	err    error
}

// open starts a house and waits until it says that it is open.
func open(t *testing.T, data string, port int) *openHouse {
	t.Helper()
	h := opening(t, data, port)
	h.until("it says that it is open", func() bool { return strings.Contains(h.out.String(), "The house is open") })
	return h
}

// opening starts a house.
func opening(t *testing.T, data string, port int) *openHouse {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	h := &openHouse{t: t, binary: binary, data: data, port: port, out: &transcript{}, ended: make(chan struct{})}
	h.cmd = exec.Command(binary, "up", "--data", data, "--port", fmt.Sprint(port))
	h.cmd.Dir, h.cmd.Stdout, h.cmd.Stderr = root(t), h.out, h.out
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { h.err = h.cmd.Wait(); close(h.ended) }()
	t.Cleanup(func() {
		_ = h.cmd.Process.Kill()
		<-h.ended
		if t.Failed() {
			t.Logf("the house said:\n%s", h.out)
		}
	})
	return h
}

// until waits for something, and gives up when the house ends.
func (h *openHouse) until(what string, holds func() bool) {
	h.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		select {
		case <-h.ended:
			h.t.Fatalf("the house ended (%v) before %s:\n%s", h.err, what, h.out)
		default:
		}
		if time.Now().After(end) {
			h.t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// run runs another command and returns its exit status and what it wrote.
func (h *openHouse) run(args ...string) (int, string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.binary, args...)
	cmd.Dir = root(h.t)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// status asks the edge for a page of the Lyceum; 0 when it does not answer.
func (h *openHouse) status(path string) int {
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", h.port, path), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	req.Host = fmt.Sprintf("lyceum.localhost:%d", h.port)
	client := http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// answers waits for a page to have a status.
func (h *openHouse) answers(path string, status int) {
	h.t.Helper()
	h.until(fmt.Sprintf("%s answers %d", path, status), func() bool { return h.status(path) == status })
}

// interrupt is Ctrl-C.
func (h *openHouse) interrupt() {
	h.t.Helper()
	if err := h.cmd.Process.Signal(syscall.SIGINT); err != nil {
		h.t.Fatal(err)
	}
	select {
	case <-h.ended:
	case <-time.After(patience):
		h.t.Fatal("it does not stop")
	}
	if h.err != nil {
		h.t.Errorf("it ends with %v", h.err)
	}
}

// transcript collects output that is read while it is written.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *transcript) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *transcript) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
