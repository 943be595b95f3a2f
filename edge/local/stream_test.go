package local_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// workerd is the process ID of the runtime, which is in the edge's process group.
func (s *stage) workerd(t *testing.T) int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		name, rest, _ := bytes.Cut(stat, []byte(") ")) // pid (name) state ppid pgrp
		fields := bytes.Fields(rest)
		if len(fields) > 2 && bytes.HasSuffix(name, []byte("(workerd")) && string(fields[2]) == strconv.Itoa(s.edge.PID()) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Skip("workerd's memory can be read on Linux only")
	return 0
}

// memory is a process's resident memory and the most it has been since reset, in bytes.
func memory(t *testing.T, pid int) (now, peak int64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(status), "\n") {
		var kB int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kB); err == nil {
			now = kB << 10
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kB); err == nil {
			peak = kB << 10
		}
	}
	return now, peak
}

func resetPeak(t *testing.T, pid int) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
		t.Skipf("the peak of another process's memory cannot be reset here: %v", err)
	}
}

// A hundred megabytes go through, and the runtime never holds more than a few
// of them, also while the visitor does not read.
func TestLargeAnswerTakesNoMemory(t *testing.T) {
	const size = 100 << 20
	b := open(t, nil)
	chunk := bytes.Repeat([]byte("0123456789abcdef"), 4<<10) // 64 KiB
	b.handle("GET /film", func(w http.ResponseWriter, _ *http.Request) {
		for range size / len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	b.get("/robots.txt") // the site is there
	pid := b.workerd(t)
	before, _ := memory(t, pid)
	resetPeak(t, pid)

	response := b.do(b.request("GET", "/film", nil))
	time.Sleep(time.Second) // nobody reads: it would all be in memory by now
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || n != size {
		t.Fatalf("%d bytes, %v", n, err)
	}
	_, peak := memory(t, pid)
	t.Logf("100 MiB through; workerd had %d MiB and at most %d MiB meanwhile", before>>20, peak>>20)
	if peak-before > 40<<20 {
		t.Errorf("the runtime's memory grew from %d MiB to %d MiB", before>>20, peak>>20)
	}
}

// When the visitor leaves, the origin's work ends. workerd notices once it has
// something to write; before the head, here, it is the edge's time limit that
// ends the work (docs/edge-answers.md).
func TestLeavingEndsTheOriginsWork(t *testing.T) {
	b := open(t, nil)
	ended := make(chan error, 1)
	b.handle("GET /report", func(w http.ResponseWriter, r *http.Request) {
		giveUp := time.After(25 * time.Second) // sooner than any time limit of the edge
		for {
			_, _ = io.WriteString(w, "a page\n")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				ended <- nil
				return
			case <-giveUp:
				ended <- errors.New("the origin was not told that the visitor left")
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	response, err := b.client.Do(b.request("GET", "/report", nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadFull(response.Body, make([]byte, len("a page\n"))); err != nil {
		t.Fatal(err)
	}
	leave()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	// It was the visitor's doing, not the pool's.
	b.handle("GET /", hello)
	b.get("/")
	if shared.logs.has("a pool is down", b.site.Origin.Pools[0].BaseURL) {
		t.Error("the pool is blamed")
	}
}

// An answer that says how long it is and breaks off at the origin breaks off
// for the visitor too: half a page must not look whole. Of one in chunks,
// workerd hides it: it ends whatever it was writing as if it were complete.
func TestBrokenAnswersDoNotLookComplete(t *testing.T) {
	b := open(t, nil)
	b.handle("GET /half", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	response, err := b.client.Do(b.request("GET", "/half", nil))
	if err != nil {
		return // it broke before the head was read
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("half an answer looks whole: %q", body)
	}
}

func TestRangesAndHeadPassThrough(t *testing.T) {
	b := open(t, nil)
	b.handle("GET /film", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"v1"`)
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		http.ServeContent(w, r, "film.bin", time.Unix(1_700_000_000, 0), strings.NewReader("0123456789"))
	})
	for _, test := range []struct {
		name, method, ranges, ifRange string
		status                        int
		contentRange, body            string
	}{
		{"whole", "GET", "", "", 200, "", "0123456789"},
		{"first bytes", "GET", "bytes=0-3", "", 206, "bytes 0-3/10", "0123"},
		{"last bytes", "GET", "bytes=-2", "", 206, "bytes 8-9/10", "89"},
		{"from the middle", "GET", "bytes=5-", "", 206, "bytes 5-9/10", "56789"},
		{"beyond the end", "GET", "bytes=20-", "", 416, "bytes */10", "invalid range: failed to overlap\n"},
		{"still the same file", "GET", "bytes=0-0", `"v1"`, 206, "bytes 0-0/10", "0"},
		{"another file by now", "GET", "bytes=0-0", `"v0"`, 200, "", "0123456789"},
		{"HEAD", "HEAD", "", "", 200, "", ""},
		{"HEAD of a range", "HEAD", "bytes=0-3", "", 206, "bytes 0-3/10", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := b.request(test.method, "/film", nil)
			if test.ranges != "" {
				r.Header.Set("Range", test.ranges)
			}
			if test.ifRange != "" {
				r.Header.Set("If-Range", test.ifRange)
			}
			response := b.do(r)
			body := b.read(response)
			if response.StatusCode != test.status || response.Header.Get("Content-Range") != test.contentRange || body != test.body {
				t.Errorf("%d %q %q", response.StatusCode, response.Header.Get("Content-Range"), body)
			}
			if test.method == "HEAD" && response.ContentLength <= 0 {
				t.Errorf("HEAD does not say how long it is: %v", response.Header)
			}
			if cookies := response.Header.Values("Set-Cookie"); test.status != 416 && len(cookies) != 2 {
				t.Errorf("cookies %q", cookies)
			}
		})
	}
}
