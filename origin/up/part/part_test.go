package part_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"

	"github.com/stagedoor/stagedoor/origin/freeport"
	"github.com/stagedoor/stagedoor/origin/up/part"
)

var quiet = slog.New(slog.DiscardHandler)

func freePort(t *testing.T) int {
	t.Helper()
	port, err := freeport.One()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestRedisKeepsItsDataThroughAKill(t *testing.T) {
	t.Parallel()
	if _, err := part.FindRedis(); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	cfg := part.RedisConfig{Dir: dir, Port: freePort(t), Password: "secret", LogFile: filepath.Join(dir, "log")}
	r, err := part.StartRedis(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	opts, err := redis.ParseURL(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(opts)
	defer client.Close()
	if err := client.Set(t.Context(), "act", "one", 0).Err(); err != nil {
		t.Fatal(err)
	}
	// The second start finds the first still at work, as it would after its parent was killed.
	again, err := part.StartRedis(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	<-r.Done()
	if act, err := client.Get(t.Context(), "act").Result(); err != nil || act != "one" {
		t.Errorf("after the restart: %q, %v", act, err)
	}
	if err := again.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-again.Done()
	if again.Err() == nil {
		t.Error("a killed server ended without an error")
	}
	if err := again.Stop(t.Context()); err != nil {
		t.Errorf("stop after the end: %v", err)
	}
}

func TestRedisSaysWhyItDoesNotStart(t *testing.T) {
	t.Parallel()
	if _, err := part.FindRedis(); err != nil {
		t.Skip(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	_, err = part.StartRedis(t.Context(), part.RedisConfig{Dir: dir, Port: l.Addr().(*net.TCPAddr).Port, Password: "x", LogFile: filepath.Join(dir, "log")})
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error = %v", err)
	}
}

func TestNATSKeepsStreams(t *testing.T) {
	t.Parallel()
	cfg := part.NATSConfig{Dir: t.TempDir(), Port: freePort(t), Token: "secret", Logger: quiet}
	for run := range 2 {
		n, err := part.StartNATS(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := nats.Connect("nats://127.0.0.1:"+strconv.Itoa(cfg.Port), nats.MaxReconnects(0)); err == nil {
			t.Error("it lets clients in without the token")
		}
		conn, err := nats.Connect(n.URL())
		if err != nil {
			t.Fatal(err)
		}
		js, err := jetstream.New(conn)
		if err != nil {
			t.Fatal(err)
		}
		s, err := js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}, Storage: jetstream.FileStorage})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.Publish(t.Context(), "s.x", []byte("fact")); err != nil {
			t.Fatal(err)
		}
		if info, err := s.Info(t.Context()); err != nil || info.State.Msgs != uint64(run+1) {
			t.Errorf("run %d: %d messages, %v", run, info.State.Msgs, err)
		}
		conn.Close()
		if err := n.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWebStopEndsStreamsAndLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	closed := false
	number := freePort(t)
	streaming, working, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" {
			w.(http.Flusher).Flush()
			close(streaming)
			<-r.Context().Done()
			return
		}
		close(working)
		<-release
		_, _ = io.WriteString(w, "done")
	})
	w, err := part.StartWeb("the test", part.Local(number), handler, quiet, func() error { closed = true; return nil })
	if err != nil {
		t.Fatal(err)
	}
	base := "http://127.0.0.1:" + strconv.Itoa(number)
	answers := make(chan string, 1)
	go func() {
		res, err := http.Get(base + "/slow")
		if err != nil {
			answers <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answers <- string(body)
	}()
	res, err := http.Get(base + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	<-streaming
	<-working
	time.AfterFunc(300*time.Millisecond, func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := w.Stop(ctx); err != nil || !closed {
		t.Errorf("stop: %v, closed %v", err, closed)
	}
	if got := <-answers; got != "done" {
		t.Errorf("a request at work got %q", got)
	}
	if _, err := part.StartWeb("x", part.Local(number), handler, quiet, nil); err != nil {
		t.Errorf("the port is still taken: %v", err)
	}
}
