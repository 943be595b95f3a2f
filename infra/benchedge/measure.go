package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
)

// module measures the Wasm module by itself.
func (p plan) module(ctx context.Context, root, wasm string, h *house, n bench.Numbers) error {
	p.say("deciding, without workerd")
	cmd := exec.CommandContext(ctx, "node", filepath.Join(root, "infra", "benchedge", "decide.mjs"), wasm, h.dir, strconv.Itoa(p.Decisions))
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("decide.mjs: %w\n%s", err, problem.String())
	}
	if err := json.Unmarshal(out, &n); err != nil {
		return fmt.Errorf("decide.mjs: %w", err)
	}
	if p.Decisions > 0 {
		n["decide_p50_1m_per_0_redirects"] = n["decide_us_p50_1m_redirects"] / n["decide_us_p50_0_redirects"]
	}
	return nil
}

var kinds = []string{answered, proxied}

var statuses = map[string]int{answered: http.StatusMovedPermanently, proxied: http.StatusOK}

// forgiven is how many connections may break in a turn. Where a Go program is
// made for every request, workerd takes some of them for hung and drops them.
var forgiven = map[string]int64{instance: 200}

// check sees to it that every contestant does what is measured: each of them
// leads to where the rule says, and shows the page that the origin sends.
func (w *workers) check() error {
	for _, name := range contestants {
		for _, kind := range kinds {
			conn, err := net.Dial("tcp", w.host[name])
			if err != nil {
				return err
			}
			// The first request loads the Site, and the index is fetched behind
			// its back.
			in := bufio.NewReader(conn)
			status, location, body := 0, "", bytes.Buffer{}
			for range 100 {
				body.Reset()
				if _, err = conn.Write(requests(kind)[0]); err == nil {
					status, location, err = bench.ReadAnswer(in, &body)
				}
				if err != nil || status == statuses[kind] {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			conn.Close()
			switch {
			case err != nil:
				return fmt.Errorf("%s, %s: %w", name, kind, err)
			case status != statuses[kind] || kind == proxied && !strings.Contains(body.String(), "The house is open"):
				return fmt.Errorf("%s, %s: the answer is %d: %.200s", name, kind, status, body.String())
			case kind == answered && name != bare && !strings.HasSuffix(location, "/shows/the-importance-of-being-0?utm_source=newsletter"):
				return fmt.Errorf("%s leads to %q", name, location)
			}
		}
	}
	return nil
}

// race lets the contestants take turns.
func (p plan) race(ctx context.Context, w *workers, n bench.Numbers) error {
	all := map[string][][]byte{answered: requests(answered), proxied: requests(proxied)}
	asked := func(name, kind string) [][]byte {
		if name == instance && kind == answered {
			return all[kind][:1] // it has one rule: see package instance
		}
		return all[kind]
	}
	for _, kind := range kinds {
		for _, name := range contestants { // until V8 has compiled what it will
			p.say("warming up: %s, %s", name, kind)
			if _, _, err := bench.LoadPatiently(w.host[name], asked(name, kind), statuses[kind], p.Turn, forgiven[name]); err != nil {
				return fmt.Errorf("%s, %s: %w", name, kind, err)
			}
		}
	}
	rates := map[string][]float64{}
	note := func(key string, v float64) { rates[key] = append(rates[key], v) }
	busiest := 0.0
	for round := range p.Rounds {
		for i := range contestants {
			name := contestants[(i+round)%len(contestants)]
			for _, kind := range kinds {
				if ctx.Err() != nil {
					return errInterrupted
				}
				p.say("round %d of %d: %s, %s", round+1, p.Rounds, name, kind)
				ours, theirs := busy(), w.processorTime()
				count, took, err := bench.LoadPatiently(w.host[name], asked(name, kind), statuses[kind], p.Turn, forgiven[name])
				if err != nil {
					return fmt.Errorf("%s, %s: %w", name, kind, err)
				}
				busiest = max(busiest, (busy()-ours).Seconds()/took.Seconds())
				note(kind+"_"+name+"_rps", float64(count)/took.Seconds())
				if spent := w.processorTime() - theirs; spent > 0 {
					note(kind+"_"+name+"_cpu_us", float64(spent.Microseconds())/float64(count))
				}
			}
		}
	}
	for key, list := range rates {
		n[key] = median(list)
	}
	for _, kind := range kinds {
		for _, other := range []string{bare, hono, instance} {
			n[kind+"_edge_per_"+other] = n[kind+"_edge_rps"] / n[kind+"_"+other+"_rps"]
		}
	}
	n["rounds"] = float64(p.Rounds)
	n["load_cpu_share"] = busiest // at 1 it would be the load that is measured
	return nil
}

// processorTime is how much workerd has had, 0 where that is not known.
func (w *workers) processorTime() time.Duration {
	d, _ := bench.ProcessorTime(w.pid)
	return d
}

// last looks at the edge's memory once it has settled and once it has decided
// a great many requests, all in the isolate that has just been measured.
func (p plan) last(ctx context.Context, w *workers, h *house, n bench.Numbers) error {
	text, err := os.ReadFile(filepath.Join(h.dir, asksFile))
	if err != nil {
		return err
	}
	var asks []ask
	if err := json.Unmarshal(text, &asks); err != nil {
		return err
	}
	var texts []string
	for _, a := range asks {
		texts = append(texts, a.Text)
	}
	const part = 30_000
	settled, err := w.decideMore(ctx, texts, min(p.Lasting, part)/len(texts))
	if err != nil {
		return err
	}
	s := settled
	done := 0
	for done < p.Lasting {
		p.say("memory: %d of %d requests", done, p.Lasting)
		rounds := (min(p.Lasting-done, part) + len(texts) - 1) / len(texts)
		if s, err = w.decideMore(ctx, texts, rounds); err != nil {
			return err
		}
		done += rounds * len(texts)
	}
	n["memory_bytes"], n["memory_growth_bytes"] = s.MemoryBytes, s.MemoryBytes-settled.MemoryBytes
	n["memory_after_requests"] = float64(done)
	if done > 0 {
		n["allocated_bytes_per_request"] = (s.AllocatedBytes - settled.AllocatedBytes) / float64(done)
	}
	return nil
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// busy is how much processor time this process has had.
func busy() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
