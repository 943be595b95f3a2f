//go:build !tinygo

package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Plan is a decoded plan, for tests and for people to read.
type Plan struct {
	Action   string   `json:"action"`
	Hostname string   `json:"hostname,omitempty"`
	Refresh  bool     `json:"refresh,omitempty"`
	Reason   string   `json:"reason"`
	Status   int      `json:"status,omitempty"`
	Pool     string   `json:"pool,omitempty"`
	Origin   string   `json:"origin,omitempty"`
	Target   string   `json:"target,omitempty"`
	Cache    *Cache   `json:"cache,omitempty"`
	Count    string   `json:"count,omitempty"`
	Room     string   `json:"room,omitempty"`
	Request  []string `json:"request,omitempty"`  // "=name: value"
	Response []string `json:"response,omitempty"` // "=name: value"
	Trace    []string `json:"trace,omitempty"`    // "filter kind reason"
	Body     string   `json:"body,omitempty"`
}

// Cache is how an answer may be kept.
type Cache struct {
	Key   string `json:"key"`
	TTL   int    `json:"ttl"`             // seconds
	Stale int    `json:"stale,omitempty"` // seconds
	Tags  string `json:"tags,omitempty"`
	Fill  bool   `json:"fill,omitempty"` // this request may fetch what is to be kept
}

// ParsePlan reads what AppendPlan and the body made.
func ParsePlan(b []byte) (Plan, error) {
	r := lines{rest: string(b)}
	p := Plan{Action: r.next(), Hostname: r.next(), Refresh: r.next() == "1", Reason: r.next()}
	p.Status = r.number()
	body := r.number()
	p.Pool, p.Origin, p.Target = r.next(), r.next(), r.next()
	if c := (Cache{Key: r.next(), TTL: r.number(), Stale: r.number(), Tags: r.next(), Fill: r.next() == "1"}); c != (Cache{}) {
		p.Cache = &c
	}
	p.Count, p.Room = r.next(), r.next()
	p.Request, p.Response = r.ops(), r.ops()
	for range r.number() {
		p.Trace = append(p.Trace, r.next())
	}
	if r.err != nil {
		return Plan{}, r.err
	}
	if len(r.rest) != body {
		return Plan{}, fmt.Errorf("wire: the plan promises %d bytes of body and has %d", body, len(r.rest))
	}
	p.Body = r.rest
	return p, nil
}

type lines struct {
	rest string
	err  error
}

func (r *lines) next() string {
	line, rest, ok := strings.Cut(r.rest, "\n")
	if !ok {
		r.err = errors.New("wire: the plan ends early")
		return ""
	}
	r.rest = rest
	return line
}

func (r *lines) number() int {
	n, err := strconv.Atoi(r.next())
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("wire: the plan has no number where one belongs: %w", err)
	}
	if r.err != nil || n < 0 {
		return 0
	}
	return n
}

func (r *lines) ops() (ops []string) {
	for range r.number() {
		if r.err != nil {
			return nil
		}
		ops = append(ops, r.next()+": "+r.next())
	}
	return ops
}
