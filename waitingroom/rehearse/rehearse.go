// Package rehearse sends synthetic visitors through a running waiting room:
// real requests, with cookies, over the network. They come at once, wait as
// the room tells them to, and are counted as they come in. What it finds is an
// Outcome, with a verdict.
package rehearse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what to rehearse.
type Config struct {
	// Address is what visitors ask for: a page that the room guards, and nothing
	// else does.
	Address *url.URL
	// Connect is the host and port to connect to instead of the address's own,
	// "" for that.
	Connect string
	Room    string // ID
	Limit   int    // visitors with a pass at once
	// PassLife is how long a pass is good; visitors do nothing with it, so each
	// is inside for that long.
	PassLife time.Duration
	// PollEvery is the longest time between two requests of one who waits.
	PollEvery time.Duration

	Visitors int
	Within   time.Duration // in which they come, evenly; 0: all at once
	For      time.Duration // the rehearsal ends after it, whoever waits
	// Connections is how many are open at once; 0: 256.
	Connections int
	// Progress is told every second; nil: nobody.
	Progress func(Progress)
}

// Progress is how far a rehearsal has come.
type Progress struct {
	After                                                         time.Duration
	Visitors, Arrived, Waiting, Admitted, Inside, Refused, Failed int
	Requests                                                      int64
}

// Bounds of a rehearsal.
const (
	MaxVisitors = 20_000
	MaxFor      = 30 * time.Minute
)

// Check says everything that is wrong with it.
func (c *Config) Check() error {
	var faults []error
	fault := func(wrong bool, format string, a ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, a...))
		}
	}
	fault(c.Address == nil || c.Address.Host == "", "an address is needed")
	fault(c.Visitors < 1 || c.Visitors > MaxVisitors, "there must be 1 to %d visitors, not %d", MaxVisitors, c.Visitors)
	fault(c.For <= 0 || c.For > MaxFor, "it must last at most %s", MaxFor)
	fault(c.Within < 0 || c.Within > c.For, "visitors must come within the time it lasts")
	fault(c.Limit < 1 || c.PassLife <= 0 || c.PollEvery <= 0 || c.Room == "", "the room's ID, limit, pass life and polling must be known")
	return errors.Join(faults...)
}

// IsLoopback says whether an address is of this machine: a rehearsal elsewhere
// has to be allowed by name.
func IsLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" || len(host) > len(".localhost") && host[len(host)-len(".localhost"):] == ".localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// rehearsal is one under way.
type rehearsal struct {
	Config
	client   *http.Client
	began    time.Time
	requests atomic.Int64
	count    struct{ arrived, admitted, refused, failed atomic.Int64 }

	mu     sync.Mutex
	passes []time.Time // when each was given
}

// Run rehearses until every visitor is in or was refused, the time is over or
// ctx ends. The outcome is of what happened until then.
func Run(ctx context.Context, c Config) (*Outcome, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Connections == 0 {
		c.Connections = 256
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	transport := &http.Transport{
		MaxConnsPerHost: c.Connections, MaxIdleConnsPerHost: c.Connections, MaxIdleConns: c.Connections, IdleConnTimeout: time.Minute,
		TLSClientConfig: &tls.Config{ServerName: c.Address.Hostname()}, DisableCompression: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if c.Connect != "" {
				address = c.Connect
			}
			return dialer.DialContext(ctx, network, address)
		},
	}
	defer transport.CloseIdleConnections()
	r := &rehearsal{Config: c, began: time.Now(), client: &http.Client{
		Transport: transport, Timeout: 60 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	limited, cancel := context.WithTimeout(ctx, c.For)
	defer cancel()
	visitors := make([]visitor, c.Visitors)
	var all sync.WaitGroup
	for i := range visitors {
		v := &visitors[i]
		v.number = i
		all.Go(func() { r.play(limited, v) })
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for waiting := true; waiting; {
		select {
		case <-done:
			waiting = false
		case <-ticker.C:
		}
		if c.Progress != nil {
			c.Progress(r.progress())
		}
	}
	return r.outcome(visitors, ctx.Err() != nil), nil
}

func (r *rehearsal) progress() Progress {
	p := Progress{
		After: time.Since(r.began), Visitors: r.Visitors, Arrived: int(r.count.arrived.Load()), Admitted: int(r.count.admitted.Load()),
		Refused: int(r.count.refused.Load()), Failed: int(r.count.failed.Load()), Requests: r.requests.Load(),
	}
	p.Waiting = p.Arrived - p.Admitted - p.Refused - p.Failed
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, at := range r.passes {
		if time.Since(at) < r.PassLife {
			p.Inside++
		}
	}
	return p
}
