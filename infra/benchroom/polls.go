package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/infra/bench"
)

// waiters is how many places are asked with, one after another.
const waiters = 2000

// networks is how many networks visitors come from.
const networks = 250 * 250

// head is what a program sends.
func head(path, cookie string, i int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nhost: %s\r\ncf-connecting-ip: 10.%d.%d.7\r\naccept: application/json\r\naccept-language: en-GB\r\n", path, hostname, i/250%250, i%250)
	b.WriteString("user-agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36\r\n")
	if cookie != "" {
		fmt.Fprintf(&b, "cookie: %s\r\n", cookie)
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

// polls measures how fast those who wait are answered, and those who come.
func (p plan) polls(ctx context.Context, s *stage, n bench.Numbers) error {
	if err := s.configure(ctx, pollRoom, 0); err != nil {
		return err
	}
	p.say("giving out %d places", waiters)
	cookies, err := s.places(ctx, waiters)
	if err != nil {
		return err
	}
	asking, coming := make([][]byte, waiters), make([][]byte, networks)
	for i, cookie := range cookies {
		asking[i] = head("/"+pollRoom, cookie, i)
	}
	for i := range coming {
		coming[i] = head("/"+pollRoom, "", i)
	}
	turns := []struct {
		key, worker string
		requests    [][]byte
	}{{"poll_bare_rps", "bare", asking}, {"poll_edge_rps", "room", asking}, {"arrivals_rps", "room", coming}}
	rates, costs := map[string][]float64{}, map[string][]float64{}
	var polls, calls float64
	for round := range p.Rounds + 1 { // the first warms up
		for i := range turns {
			if ctx.Err() != nil {
				return errInterrupted
			}
			turn := turns[(i+round)%len(turns)]
			p.say("round %d of %d: %s", round, p.Rounds, turn.key)
			before, err := s.calls(ctx)
			if err != nil {
				return err
			}
			spent, known := bench.ProcessorTime(s.pid)
			count, took, err := bench.Load(s.host[turn.worker], turn.requests, http.StatusOK, p.Turn)
			if err != nil {
				return fmt.Errorf("%s: %w", turn.key, err)
			}
			after, err := s.calls(ctx)
			if err != nil {
				return err
			}
			if round == 0 {
				continue
			}
			rates[turn.key] = append(rates[turn.key], float64(count)/took.Seconds())
			if total, ok := bench.ProcessorTime(s.pid); ok && known {
				costs[turn.key] = append(costs[turn.key], float64((total-spent).Microseconds())/float64(count))
			}
			if turn.key == "poll_edge_rps" {
				polls, calls = polls+float64(count), calls+after-before
			}
		}
	}
	for key, list := range rates {
		n[key] = middle(list)
	}
	for key, list := range costs {
		n[strings.TrimSuffix(key, "_rps")+"_cpu_us"] = middle(list)
	}
	if spent := n["poll_edge_cpu_us"]; spent > 0 {
		n["poll_bare_per_edge_cpu"] = n["poll_bare_cpu_us"] / spent
	}
	if polls > 0 {
		n["poll_edge_per_bare"] = n["poll_edge_rps"] / n["poll_bare_rps"]
		n["do_calls_per_1000_polls"] = 1000 * calls / polls
	}
	return nil
}

var errInterrupted = errors.New("it was interrupted, or took longer than -limit allows")

// places asks for places, one after another, and returns their cookies.
func (s *stage) places(ctx context.Context, count int) (cookies []string, err error) {
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	for i := range count {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.host["room"]+"/"+pollRoom, nil)
		if err != nil {
			return nil, err
		}
		request.Host = hostname
		request.Header.Set("Accept", "application/json")
		request.Header.Set("CF-Connecting-IP", fmt.Sprintf("10.%d.%d.7", i/250%250, i%250))
		response, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(response.Body, 1000))
		response.Body.Close()
		if err != nil {
			return nil, err
		}
		found := ""
		for _, c := range response.Cookies() {
			if strings.HasPrefix(c.Name, "stagedoor_place_") {
				found = c.Name + "=" + c.Value
			}
		}
		if found == "" {
			return nil, fmt.Errorf("no place was given: %s: %s", response.Status, text)
		}
		cookies = append(cookies, found)
	}
	return cookies, nil
}
