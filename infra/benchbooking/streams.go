package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/origin/hold"
)

const (
	changesPerSecond = 100
	// sampled is that every so manieth stream is read word by word, as it comes;
	// of the others every byte is taken, now and then, and none looked at.
	sampled = 50
	// perAddress is how many streams come from one loopback address, which has
	// fewer ports than there may be streams.
	perAddress = 10_000
	files      = 65_536
)

// allowFiles lets this process open as many files as the system allows, and
// says for how many streams that is enough.
func allowFiles(streams int) (int, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	wanted := max(limit.Max, files)
	err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: wanted, Max: wanted})
	if err != nil { // only what an administrator granted, then
		wanted = limit.Max
		err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: wanted, Max: wanted})
	}
	const others = 200 // connections to Redis, and what a program has open
	return min(streams, int(wanted)-others), err
}

// streams opens them from another process, so that what is counted is the
// server's alone; then changes seats, and has the others tell how late they
// heard.
func (p plan) streams(ctx context.Context, n bench.Numbers) error {
	streams, err := allowFiles(p.Streams)
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, p.Seats)
	if err != nil {
		return err
	}
	defer h.close()
	if err := h.holds.MarkSold(ctx, h.detail.ID, "", nil); err != nil {
		return err
	}
	before := resident()
	program, err := os.Executable()
	if err != nil {
		return err
	}
	path := "http://" + h.address + "/api/v1/performances/" + h.detail.ID.String() + "/events"
	audience := exec.CommandContext(ctx, cmp.Or(p.program, program), "-audience", path, "-streams", strconv.Itoa(streams))
	audience.Stderr = os.Stderr
	in, err := audience.StdinPipe()
	if err != nil {
		return err
	}
	out, err := audience.StdoutPipe()
	if err != nil {
		return err
	}
	if err := audience.Start(); err != nil {
		return err
	}
	defer func() { _ = audience.Process.Kill(); _ = audience.Wait() }()
	said := bufio.NewReader(out)
	if line, err := said.ReadString('\n'); err != nil || line != "ready\n" {
		return fmt.Errorf("the audience said %q, %v", line, err)
	}
	n["sse_streams"] = float64(streams)
	n["sse_bytes_per_stream"] = float64(resident()-before) / float64(streams)
	changes, err := h.change(ctx, p.Watch, in)
	if err != nil {
		return err
	}
	n["sse_changes_per_second"] = float64(changes) / p.Watch.Seconds()
	if err := in.Close(); err != nil {
		return err
	}
	text, err := io.ReadAll(said)
	if err != nil {
		return err
	}
	for _, field := range strings.Fields(string(text)) {
		key, value, _ := strings.Cut(field, "=")
		if n[key], err = strconv.ParseFloat(value, 64); err != nil {
			return fmt.Errorf("the audience said %q", text)
		}
	}
	return audience.Wait()
}

// resident is the memory of this process, as the system counts it, with
// what can be given back given back.
func resident() int64 {
	runtime.GC()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// change holds and gives back seats, a hundred times a second, and says of
// each, before it is done, when.
func (h *house) change(ctx context.Context, d time.Duration, diary io.Writer) (changes int, err error) {
	ticker := time.NewTicker(time.Second / changesPerSecond)
	defer ticker.Stop()
	var held []hold.Hold
	for end := time.Now().Add(d); time.Now().Before(end); changes++ {
		<-ticker.C
		if len(held) == 200 {
			// A release is a change as well, heard of like the rest.
			if err := h.holds.Release(ctx, held[0].ID, held[0].Session); err != nil {
				return changes, err
			}
			held = held[1:]
			continue
		}
		seat := h.seats[changes%len(h.seats)]
		if _, err := fmt.Fprintf(diary, "%s %d\n", seat, time.Now().UnixNano()); err != nil {
			return changes, err
		}
		kept, err := h.holds.Acquire(ctx, hold.Request{PerformanceID: h.detail.ID, Session: fmt.Sprint("change-", changes), Seats: []string{seat}})
		if err != nil {
			return changes, err
		}
		held = append(held, kept)
	}
	return changes, nil
}

// listen is the audience: it opens the streams, says so, reads from a diary
// when which seat was held, and says in the end how late that was heard.
func listen(url string, streams int, diary io.Reader, out io.Writer) error {
	if _, err := allowFiles(streams); err != nil {
		return err
	}
	address, path, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	a := &audience{at: make(map[string]time.Time), watch: newStopwatch(10_000_000)}
	var opening sync.WaitGroup
	gate := make(chan struct{}, 128)
	failed := make(chan error, streams)
	for i := range streams {
		opening.Add(1)
		gate <- struct{}{}
		go func() {
			err := a.open(address, "/"+path, i, func() { opening.Done(); <-gate })
			if err != nil {
				failed <- err
			}
		}()
	}
	opening.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	go a.others.listen(failed)
	fmt.Fprintln(out, "ready")
	lines := bufio.NewScanner(diary)
	for lines.Scan() {
		seat, at, _ := strings.Cut(lines.Text(), " ")
		nano, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return err
		}
		a.mu.Lock()
		a.at[seat] = time.Unix(0, nano)
		a.mu.Unlock()
	}
	time.Sleep(time.Second) // for the last of it
	select {
	case err := <-failed:
		return fmt.Errorf("a stream ended: %w", err)
	default:
	}
	n := bench.Numbers{"sse_deliveries_measured": float64(len(a.watch.all()))}
	if len(a.watch.all()) == 0 {
		return errors.New("nothing was heard")
	}
	percentiles(n, "sse", a.watch.all())
	for _, key := range n.Keys() {
		fmt.Fprintf(out, "%s=%v\n", key, n[key])
	}
	return nil
}

// audience is what listens.
type audience struct {
	others listeners
	mu     sync.RWMutex
	at     map[string]time.Time // when a seat was last asked for
	watch  *stopwatch
}

// open opens a stream and reads it until it ends, which is a failure. ready is
// called once, when it stands or can't.
func (a *audience) open(address, path string, i int, ready func()) error {
	ready = sync.OnceFunc(ready)
	defer ready()
	if i%sampled != 0 {
		return a.others.open(address, path, i)
	}
	from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i/perAddress))}
	connection, err := (&net.Dialer{LocalAddr: from, Timeout: time.Minute}).Dial("tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, address); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(connection, 64<<10)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return err
		}
		if data, found := bytes.CutPrefix(line, []byte("data: ")); found {
			ready()
			a.hear(string(data), time.Now())
		}
	}
}

// hear notes how late the seats are that an event says are held.
func (a *audience) hear(data string, now time.Time) {
	if !strings.Contains(data, `"since"`) {
		return // the snapshot
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	for rest := data; ; {
		end := strings.Index(rest, `":"held"`)
		if end < 0 {
			return
		}
		start := strings.LastIndexByte(rest[:end], '"')
		if at, known := a.at[rest[start+1:end]]; known {
			a.watch.note(now.Sub(at))
		}
		rest = rest[end+len(`":"held"`):]
	}
}
