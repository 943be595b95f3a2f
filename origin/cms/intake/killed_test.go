package intake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// The variables by which a test has this test binary be a listener that will be killed.
const (
	victimURL  = "STAGEDOOR_TEST_INTAKE_DATABASE"
	victimStep = "STAGEDOOR_TEST_INTAKE_STOP_AT"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(victimURL); url != "" {
		if err := beVictim(url, os.Getenv(victimStep)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beVictim listens, and works until it comes to a step, at which it says so and does nothing more. Without a step it
// never works.
func beVictim(url, stop string) error {
	ctx := context.Background()
	db, err := postgres.Open(ctx, url, postgres.Config{})
	if err != nil {
		return err
	}
	system := ofContentful()
	n, err := New(Config{DB: db, Systems: []System{system}, Applier: &plays{}, Logger: slog.New(slog.DiscardHandler), Workers: 1, Poll: 10 * time.Millisecond})
	if err != nil {
		return err
	}
	n.step = func(name string) {
		if name == stop {
			fmt.Println("at", name)
			select {} // until it is killed
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String() + "/webhooks/contentful")
	if stop != "" {
		go func() { _ = n.Run(ctx) }()
	}
	return http.Serve(listener, n.Listener(system)) //nolint:gosec // of a test
}

// TestTheListenerIsKilled kills a real process that has answered 202, wherever it is with the work, and has another one
// go on.
func TestTheListenerIsKilled(t *testing.T) {
	t.Parallel()
	for _, stop := range []string{"", "before apply", "applied", "committed"} {
		t.Run("at "+stop, func(t *testing.T) {
			t.Parallel()
			url := pgtest.URL(t)
			db, err := postgres.Open(t.Context(), url, postgres.Config{MaxConns: 4})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			s := stageOn(t, db, nil)
			victim := exec.CommandContext(t.Context(), os.Args[0])
			victim.Env = append(os.Environ(), victimURL+"="+url, victimStep+"="+stop)
			victim.Stderr = os.Stderr
			out, err := victim.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := victim.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			if !lines.Scan() {
				t.Fatal("the listener did not start")
			}
			body := entry("hamlet", "production", "Hamlet", at(1), 1, "")
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, lines.Text(), strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Contentful-Topic", "ContentManagement.Entry.publish")
			sign(r, body, secret, time.Now())
			answer, err := http.DefaultClient.Do(r)
			if err != nil || answer.StatusCode != http.StatusAccepted {
				t.Fatalf("%v %v", answer, err)
			}
			answer.Body.Close()
			if stop != "" && (!lines.Scan() || lines.Text() != "at "+stop) {
				t.Fatalf("it came to %q, not to %q", lines.Text(), stop)
			}
			if err := victim.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			var killed *exec.ExitError
			if err := victim.Wait(); !errors.As(err, &killed) {
				t.Fatalf("it was not killed: %v", err)
			}
			s.untilDone()
			s.wantPublic("hamlet", "Hamlet (1)")
			s.wantStates("done applied")
			if status := s.send("publish", body); status != http.StatusOK { // the sender saw no answer, and sends again
				t.Errorf("told again, it is answered %d", status)
			}
			s.finish()
			s.wantPublic("hamlet", "Hamlet (1)")
			t.Logf("injected: SIGKILL of a listener (process %d) that had answered %d, %q", victim.Process.Pid, answer.StatusCode, stop)
			t.Log("users saw: the change once another process went on")
			t.Logf("found: the deliveries are %v", s.states("hamlet"))
		})
	}
}

// untilDone works until nothing is open: the killed process's transaction may take a moment to end.
func (s *stage) untilDone() {
	s.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		s.finish()
		var open int
		if err := s.db.QueryRow(s.t.Context(), "select count(*) from cms_deliveries where state = 'due'").Scan(&open); err != nil {
			s.t.Fatal(err)
		}
		if open == 0 {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%d deliveries are still open", open)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
