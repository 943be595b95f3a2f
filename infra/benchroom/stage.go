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
	"runtime"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/infra/bench"
)

const (
	hostname = "lyceum.example"
	hopKey   = "a key for measuring, no secret"
	roomKeys = "1:another key for measuring and no secret either"
)

// Rooms of the house: one that lets nobody in, so that polls stay polls, one
// that lets everybody wait a first time, and one that is rehearsed.
const (
	pollRoom      = "polls"
	rehearsalRoom = "rehearsal"
)

// Of the rehearsal's room.
const (
	passLife  = 30
	pollEvery = 5
)

// stage is the two Workers in one workerd.
type stage struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	host   map[string]string // host:port by Worker
	origin io.Closer
	dir    string
	pid    int // of workerd
}

// serve starts them.
func serve(ctx context.Context, root, edgeWasm string) (*stage, error) {
	origin, closeOrigin, err := serveOrigin()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-room-")
	if err != nil {
		return nil, errors.Join(err, closeOrigin.Close())
	}
	s := &stage{host: map[string]string{}, origin: closeOrigin, dir: dir}
	document, err := site.Encode(lyceum(origin))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "site.json"), document, 0o600)
	}
	if err == nil {
		err = s.start(ctx, root, edgeWasm)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func lyceum(origin string) site.Site {
	room := func(id string) site.Room {
		return site.Room{ID: id, Name: "The Importance of Being Earnest", Paths: []string{"/" + id}, PassLife: passLife, FailClosed: true, ArrivalsPerPrefix: 100_000}
	}
	return site.Site{
		ID: "lyceum", Name: "Lyceum Theatre", Hostname: hostname, Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
		Origin: site.Origin{Pools: []site.Pool{{ID: "london", Region: "eu-west", BaseURL: origin, Weight: 1}}},
		Limits: []site.Limit{{Class: site.ClassPage, Requests: 1_000_000, Period: 10}},
		Rooms:  []site.Room{room(pollRoom), room(rehearsalRoom)},
	}
}

func (s *stage) start(ctx context.Context, root, edgeWasm string) error {
	cpu := -1
	if bench.CanPin(runtime.NumCPU()) {
		cpu = 0
	}
	s.cmd = bench.Pinned(ctx, cpu, "node", filepath.Join(root, "infra", "benchroom", "serve.mjs"), edgeWasm, filepath.Join(filepath.Dir(edgeWasm), "room.wasm"), filepath.Join(s.dir, "site.json"))
	s.cmd.Env = append(os.Environ(), "STAGEDOOR_HOP_KEY="+hopKey, "STAGEDOOR_ROOM_KEYS="+roomKeys)
	s.cmd.Stderr = os.Stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		return errors.New("the Workers did not start")
	}
	var urls map[string]string
	if err := json.Unmarshal(line, &urls); err != nil {
		return err
	}
	s.pid = bench.RuntimeOf(s.cmd.Process.Pid)
	for name, text := range urls {
		u, err := url.Parse(text)
		if err != nil {
			return err
		}
		s.host[name] = u.Host
	}
	return nil
}

// close lets them end by themselves, and then does not.
func (s *stage) close() {
	if s.stdin != nil && s.cmd.Process != nil {
		s.stdin.Close()
		timer := time.AfterFunc(10*time.Second, func() { _ = s.cmd.Process.Kill() })
		_ = s.cmd.Wait()
		timer.Stop()
	}
	_ = s.origin.Close()
	_ = os.RemoveAll(s.dir)
}

// door asks the Worker of the room behind its door.
func (s *stage) door(ctx context.Context, method, path string, told, answer any) error {
	var body io.Reader
	if told != nil {
		text, err := json.Marshal(told)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+s.host["room"]+path, body)
	if err != nil {
		return err
	}
	request.Host = "door"
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, strings.TrimSpace(string(text)))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

// configure tells a room's coordinator what is wanted.
func (s *stage) configure(ctx context.Context, room string, active int) error {
	return s.door(ctx, http.MethodPut, "/"+room+"/config", map[string]any{
		"id": room, "revision": 1, "event": "event-1", "mode": "fifo", "active": active, "per_minute": 0, "pass_life": passLife,
		"poll_every": pollEvery, "typical_stay": passLife, "fail_closed": true,
	}, nil)
}

// calls is how often the edge has called a Durable Object.
func (s *stage) calls(ctx context.Context) (float64, error) {
	var answer struct{ Calls float64 }
	err := s.door(ctx, http.MethodGet, "/calls", nil, &answer)
	return answer.Calls, err
}
