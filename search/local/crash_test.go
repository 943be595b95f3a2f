package local_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/search/local"
	"github.com/stagedoor/stagedoor/search/local/store"
)

const (
	childDir   = "STAGEDOOR_TEST_SEARCH_DIR"
	childLimit = "STAGEDOOR_TEST_SEARCH_FILE_BYTES"
)

// TestMain lets the test program be the server that tests kill.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serve(dir, os.Getenv(childLimit)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve runs a server until its standard input ends. No file may grow beyond
// limit bytes, unless that is "".
func serve(dir, limit string) error {
	if limit != "" {
		signal.Ignore(syscall.SIGXFSZ)
		n, err := strconv.ParseUint(limit, 10, 63)
		if err != nil {
			return err
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			return err
		}
	}
	s, err := local.Open(local.Config{Dir: dir, APIKey: testKey, Sync: store.SyncNever})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = l.Close()
	}()
	_ = http.Serve(l, s)
	return s.Close()
}

// child is a server in a process of its own.
type child struct {
	cmd  *exec.Cmd
	in   io.Closer
	base string
	end  sync.Once
}

func start(t *testing.T, dir, limit string) *child {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childLimit+"="+limit)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &child{cmd: cmd, in: in, base: "http://" + strings.TrimSpace(line)}
}

func (c *child) request(method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Typesense-Api-Key", testKey)
	return http.DefaultClient.Do(req)
}

func (c *child) kill() {
	c.end.Do(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
}

// stop ends the server in good order.
func (c *child) stop(t *testing.T) {
	t.Helper()
	_ = c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

const plays = `{"name":"plays","fields":[{"name":"title","type":"string"},{"name":"n","type":"int32"}]}`

// TestKilled kills the server in the middle of an import, again and again: every
// document that it acknowledged is there afterwards, whole.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	c := start(t, dir, "")
	if r, err := c.request(http.MethodPost, "/collections", strings.NewReader(plays)); err != nil || r.StatusCode != http.StatusCreated {
		t.Fatalf("create: %v %v", r, err)
	}
	acknowledged := map[string]int{} // id -> n
	next := 0
	for round := range 5 {
		importUntilKilled(t, c, round, &next, acknowledged)
		c = start(t, dir, "")
	}
	c.stop(t)
	s := open(t, dir)
	for id, n := range acknowledged {
		code, body := send(s, http.MethodGet, "/collections/plays/documents/"+id, nil)
		var doc struct{ N int }
		if err := json.Unmarshal(body, &doc); code != http.StatusOK || err != nil || doc.N < n {
			t.Fatalf("document %s was acknowledged as %d: %d %s", id, n, code, body)
		}
	}
	if len(acknowledged) == 0 {
		t.Fatal("nothing was acknowledged before the server was killed")
	}
	code, body := send(s, http.MethodGet, "/collections/plays/documents/search?q=hamlet&query_by=title&per_page=0", nil)
	var result struct{ Found int }
	if err := json.Unmarshal(body, &result); code != http.StatusOK || err != nil || result.Found < len(acknowledged) {
		t.Fatalf("%d found of %d: %d %s", result.Found, len(acknowledged), code, body)
	}
	t.Logf("%d documents acknowledged, %d there", len(acknowledged), result.Found)
	t.Log("injected: SIGKILL of the search server in mid-import, five times")
	t.Log("users saw: nothing: the rest of the import is sent again")
	t.Logf("found: %d documents acknowledged, %d there", len(acknowledged), result.Found)
}

// importUntilKilled imports documents and notes the ones whose result came back.
func importUntilKilled(t *testing.T, c *child, round int, next *int, acknowledged map[string]int) {
	t.Helper()
	in, out := io.Pipe()
	sent := make(chan [2]any, 1<<20) // id and n, in the order in which they were sent
	go func() {
		defer close(sent)
		for {
			id, n := fmt.Sprint("p", *next%4000), *next
			*next++
			sent <- [2]any{id, n}
			if _, err := fmt.Fprintf(out, `{"id":%q,"title":"Hamlet number %d","n":%d}`+"\n", id, n, n); err != nil {
				return
			}
		}
	}()
	r, err := c.request(http.MethodPost, "/collections/plays/documents/import?action=upsert", in)
	if err == nil {
		var once sync.Once
		for lines := bufio.NewScanner(r.Body); lines.Scan(); {
			line := lines.Text()
			if line != `{"success":true}` {
				break // cut short
			}
			one := <-sent
			acknowledged[one[0].(string)] = one[1].(int)
			once.Do(func() { time.AfterFunc(time.Duration(rand.IntN(100))*time.Millisecond, c.kill) })
		}
		_ = r.Body.Close()
	}
	_ = in.CloseWithError(io.ErrClosedPipe)
	for range sent { // the writer has stopped
	}
	c.kill()
	t.Logf("round %d: %d documents sent", round, *next)
}

// TestDiskFull writes until there is no room: what does not fit is refused with a
// clear error, the rest stays, and writing goes on once there is room.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	c := start(t, dir, "200000")
	if r, err := c.request(http.MethodPost, "/collections", strings.NewReader(plays)); err != nil || r.StatusCode != http.StatusCreated {
		t.Fatalf("create: %v %v", r, err)
	}
	stored := 0
	var refused string
	for n := 0; n < 5000 && refused == ""; n += 100 {
		var lines bytes.Buffer
		for i := n; i < n+100; i++ {
			fmt.Fprintf(&lines, `{"id":"%d","title":"Hamlet %s","n":%d}`+"\n", i, strings.Repeat("x", 50), i)
		}
		r, err := c.request(http.MethodPost, "/collections/plays/documents/import", &lines)
		if err != nil {
			t.Fatal(err)
		}
		for results := bufio.NewScanner(r.Body); results.Scan(); {
			if results.Text() == `{"success":true}` {
				stored++
			} else {
				refused = results.Text()
			}
		}
		_ = r.Body.Close()
	}
	if want := `{"code":422,"error":"Rejecting write: running out of resource type: OUT_OF_DISK","success":false}`; refused != want {
		t.Fatalf("refused with %s, want %s", refused, want)
	}
	r, err := c.request(http.MethodPost, "/collections/plays/documents", strings.NewReader(`{"title":"`+strings.Repeat("x", 150_000)+`","n":1}`))
	if err != nil || r.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("one document: %v %v", r, err)
	}
	c.stop(t)
	s := open(t, dir)
	if got := count(t, s); got != stored {
		t.Fatalf("%d documents, want %d", got, stored)
	}
	if code, body := send(s, http.MethodPost, "/collections/plays/documents", []byte(`{"title":"There is room","n":1}`)); code != http.StatusCreated {
		t.Fatalf("%d %s", code, body)
	}
	t.Log("injected: no file of the search server may grow beyond 200,000 bytes")
	t.Logf("users saw: what did not fit was refused: %s", refused)
	t.Logf("found: %d documents stored, all there", stored)
}

func count(t *testing.T, s http.Handler) int {
	t.Helper()
	var c struct {
		N int `json:"num_documents"`
	}
	_, body := send(s, http.MethodGet, "/collections/plays", nil)
	if err := json.Unmarshal(body, &c); err != nil {
		t.Fatal(err)
	}
	return c.N
}

// fillPlays makes a server with three plays, closes it and returns the file of
// their documents.
func fillPlays(t *testing.T, dir string) string {
	t.Helper()
	s, err := local.Open(local.Config{Dir: dir, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	send(s, http.MethodPost, "/collections", []byte(plays))
	for n, title := range []string{"Hamlet", "Macbeth", "King Lear"} {
		send(s, http.MethodPost, "/collections/plays/documents", fmt.Appendf(nil, `{"id":"%d","title":%q,"n":%d}`, n, title, n))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.log"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files of documents: %v %v", files, err)
	}
	return files[0]
}

// TestCutShort cuts the last record: it is gone, with a warning, and no other.
func TestCutShort(t *testing.T) {
	dir := t.TempDir()
	file := fillPlays(t, dir)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, info.Size()-5); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	s, err := local.Open(local.Config{Dir: dir, APIKey: testKey, Logger: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := count(t, s); got != 2 {
		t.Errorf("%d documents, want 2", got)
	}
	if !strings.Contains(out.String(), "level=WARN") || !strings.Contains(out.String(), "cut short") {
		t.Errorf("logged %q", out.String())
	}
	t.Log("injected: the last record of a file was cut short by 5 bytes")
	t.Log("users saw: the documents before it")
	t.Logf("found: %d documents of three, and a warning", count(t, s))
}

// TestDamaged changes a byte in the middle: the server does not open, and says
// which file is damaged.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	file := fillPlays(t, dir)
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	body[len(body)/2] ^= 0x40
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = local.Open(local.Config{Dir: dir, APIKey: testKey})
	if err == nil || !strings.Contains(err.Error(), filepath.Base(file)) || !strings.Contains(err.Error(), "damaged") {
		t.Fatalf("opened damaged data: %v", err)
	}
}

func TestFolderInUse(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := local.Open(local.Config{Dir: dir, APIKey: testKey}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("a second server opened the same folder: %v", err)
	}
}
