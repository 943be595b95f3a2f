// Package local is a search server that speaks the Typesense HTTP API and lives
// inside this process: the default where no Typesense is given.
//
// It keeps every collection in memory, writes each change to a log on disk
// before it answers, and comes back with all of it after a restart.
package local

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"sync"
)

// Config says where the server keeps its data and who may use it.
type Config struct {
	Dir    string       // folder of the data; made when absent; one server at a time
	APIKey string       // the admin key
	Logger *slog.Logger // nil: discard
}

// Validate reports every fault of c at once.
func (c Config) Validate() error {
	var faults []error
	if c.Dir == "" {
		faults = append(faults, errors.New("search data folder is empty"))
	}
	if c.APIKey == "" {
		faults = append(faults, errors.New("search API key is empty"))
	}
	return errors.Join(faults...)
}

// Server answers the Typesense API. It is safe for concurrent use.
type Server struct {
	apiKey string
	log    *slog.Logger
	mux    *http.ServeMux

	mu          sync.RWMutex
	journal     *os.File
	collections map[string]*collection
	aliases     map[string]string
}

// Open reads the data in c.Dir and returns a server ready to answer. Close it.
func Open(c Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{
		apiKey: c.APIKey, log: c.Logger, mux: http.NewServeMux(),
		collections: map[string]*collection{}, aliases: map[string]string{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.openJournal(c.Dir); err != nil {
		return nil, err
	}
	s.routes()
	return s, nil
}

// Close flushes and closes the data files. Requests after it fail.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.journal.Sync(), s.journal.Close())
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/health" {
		reply(w, http.StatusOK, map[string]any{"ok": true})
		return
	}
	key := r.Header.Get("X-TYPESENSE-API-KEY")
	if key == "" {
		key = r.URL.Query().Get("x-typesense-api-key")
	}
	if subtle.ConstantTimeCompare([]byte(key), []byte(s.apiKey)) != 1 {
		fail(w, http.StatusUnauthorized, "Forbidden - a valid `x-typesense-api-key` header must be sent.")
		return
	}
	s.mux.ServeHTTP(w, r)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone: nobody to tell
}

func fail(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"message": message})
}
