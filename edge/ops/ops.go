// Package ops is the second, cold Worker of the edge, for the people who keep
// the house: it explains what the edge does with any request, shows the Site
// documents that KV really holds, says how the edge is, and on a cron asks the
// origin to compare Postgres with KV and repair what differs. Through it the
// origin reaches the coordinators of the waiting rooms.
//
// It is plain net/http and knows nothing of JavaScript; package worker puts it
// into a Worker. Requests are rare, so that a new Wasm instance for each of
// them, which is how syumai/workers serves, costs nothing that matters.
//
// Nothing in it is public: see door.go.
package ops

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/stagedoor/stagedoor/edge/explain"
	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/site"
)

// KV is the namespace that the edge reads.
type KV interface {
	// Get returns the value of a key, and found false when there is none.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	// Metadata returns the JSON stored beside a key, empty when there is none.
	Metadata(ctx context.Context, key string) ([]byte, error)
	// Keys lists the keys that begin with prefix, in order.
	Keys(ctx context.Context, prefix string) ([]string, error)
	Put(ctx context.Context, key string, value []byte) error
}

// Config is what the Worker is given.
type Config struct {
	KV KV
	// Rooms are the waiting rooms. Nil: there are none.
	Rooms Rooms
	// Token is what operators show; at least MinToken bytes.
	Token string
	// HopKey is the edge's.
	HopKey string
	// OriginURL is where the origin listens: scheme and host.
	OriginURL string
	// Client reaches the origin. It is no http.Client: that would bring a whole
	// transport, with TLS, into the Worker.
	Client http.RoundTripper
	Now    func() time.Time
	// Pause waits between attempts, and ends early with ctx.
	Pause func(ctx context.Context, d time.Duration)
	// Version names the build.
	Version string
	Log     *slog.Logger
}

// MinToken is how many bytes a token has at least.
const MinToken = 32

// Validate reports every fault at once, by the names wrangler.toml uses.
func (c Config) Validate() error {
	var faults []error
	if len(c.Token) < MinToken {
		faults = append(faults, fmt.Errorf("OPS_TOKEN is missing or shorter than %d characters", MinToken))
	}
	if len(c.HopKey) < hop.MinKeyBytes {
		faults = append(faults, fmt.Errorf("HOP_KEY is missing or shorter than %d characters", hop.MinKeyBytes))
	}
	if u, err := url.Parse(c.OriginURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" && u.Path != "/" {
		faults = append(faults, errors.New("ORIGIN_URL must be http:// or https:// and a host"))
	}
	return errors.Join(faults...)
}

// Ops answers operators and the cron.
type Ops struct {
	Config
	handler http.Handler
}

// New makes one. The error is Config.Validate's.
func New(c Config) (*Ops, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	o := &Ops{Config: c}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", o.explain)
	mux.HandleFunc("GET /explain", o.explain)
	mux.HandleFunc("GET /sites", o.sites)
	mux.HandleFunc("GET /sites/{hostname}", o.site)
	mux.HandleFunc("GET /health", o.health)
	mux.HandleFunc("GET /rooms/{id}", o.roomStatus)
	mux.HandleFunc("PUT /rooms/{id}", o.roomConfig)
	mux.HandleFunc("POST /rooms/{id}/revoke", o.roomRevoke)
	mux.HandleFunc("GET /style.css", stylesheet)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		o.problem(w, r, http.StatusNotFound, "There is no such page here.")
	})
	o.handler = o.behindTheDoor(mux)
	return o, nil
}

func (o *Ops) ServeHTTP(w http.ResponseWriter, r *http.Request) { o.handler.ServeHTTP(w, r) }

// Closed answers for a Worker that cannot be made: misconfigured, it lets
// nobody in.
func Closed(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	http.Error(w, "The ops Worker is not configured. Its log says what is missing.", http.StatusServiceUnavailable)
}

// explainer reads the same KV as the edge. A Worker's clock stands still while
// it computes, so that there are times only where it does not; the answer says so.
func (o *Ops) explainer() explain.Explainer {
	return explain.Explainer{HopKey: []byte(o.HopKey), Source: o.KV, Clock: time.Now}
}

// hostnames are those with a document.
func (o *Ops) hostnames(ctx context.Context) ([]string, error) {
	keys, err := o.KV.Keys(ctx, site.KeyPrefix)
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		keys[i] = key[len(site.KeyPrefix):]
	}
	return keys, nil
}
