package waiting_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stagedoor/stagedoor/origin/waiting"
)

const opsToken = "a token of an ops Worker, for tests"

// coordinators speaks the ops Worker's part of the contract: it keeps what rooms are told, the higher revision.
type coordinators struct {
	*waiting.Control
	mu      sync.Mutex
	rooms   map[string]waiting.Config
	revoked []string
	puts    int
	down    bool
}

func newCoordinators(t *testing.T) *coordinators {
	c := &coordinators{rooms: map[string]waiting.Config{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rooms/{id}", func(w http.ResponseWriter, r *http.Request) {
		config, known := c.rooms[r.PathValue("id")]
		if !known {
			http.Error(w, `{"detail":"no such room"}`, http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(waiting.Status{Room: config.ID, Revision: config.Revision, Mode: config.Mode, Limit: config.Active})
	})
	mux.HandleFunc("PUT /rooms/{id}", func(w http.ResponseWriter, r *http.Request) {
		var config waiting.Config
		if err := json.NewDecoder(r.Body).Decode(&config); err != nil || config.ID != r.PathValue("id") {
			http.Error(w, `{"detail":"that is no room"}`, http.StatusUnprocessableEntity)
			return
		}
		c.puts++
		if config.Revision > c.rooms[config.ID].Revision {
			c.rooms[config.ID] = config
		}
		_ = json.NewEncoder(w).Encode(c.rooms[config.ID])
	})
	mux.HandleFunc("POST /rooms/{id}/revoke", func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ Session string }
		if err := json.NewDecoder(r.Body).Decode(&body); err == nil {
			c.revoked = append(c.revoked, r.PathValue("id")+" "+body.Session)
		}
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case c.down:
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte(`{"detail":"The room's coordinator cannot be reached just now."}`))
		case r.Header.Get("Authorization") != "Bearer "+opsToken:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			mux.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	c.Control = &waiting.Control{URL: server.URL, Token: opsToken}
	return c
}

// with looks at, or changes, the coordinators.
func (c *coordinators) with(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *coordinators) told(room string) waiting.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rooms[room]
}

func session(b byte) (id [16]byte) {
	for i := range id {
		id[i] = b
	}
	return id
}

func sessionText(b byte) string { id := session(b); return hex.EncodeToString(id[:]) }
