// Package local is a search server that speaks the Typesense HTTP API and lives
// inside this process: the default where no Typesense is given.
//
// It keeps an index of every collection in memory and its documents on disk,
// where each change is before it is answered, and comes back with all of it
// after a restart or a crash.
package local

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/stagedoor/stagedoor/search/local/access"
	"github.com/stagedoor/stagedoor/search/local/engine"
	"github.com/stagedoor/stagedoor/search/local/store"
)

// Config says where the server keeps its data and who may use it.
type Config struct {
	Dir    string       // folder of the data; made when absent; one server at a time
	APIKey string       // the admin key
	Logger *slog.Logger // nil: discard
	// Sync says when a write is forced to the disk: by default before it is
	// answered.
	Sync store.Sync
	Now  func() time.Time // nil: time.Now
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
	log    *slog.Logger
	now    func() time.Time
	folder *store.Folder
	routes router

	buffers sync.Pool // of answers
	traffic traffic
	machine machine

	editing sync.Mutex // held by the one that changes the book
	book    *store.Book

	mu          sync.RWMutex // for what follows
	collections map[string]*held
	aliases     map[string]string
	presets     map[string]any
	stopwords   map[string]stopwordSet
	keys        *access.Keys
}

// held is a collection and where its documents are.
type held struct {
	*engine.Collection
	dir   string
	order int // when it was made
}

// Open reads the data in c.Dir and returns a server ready to answer. Close it.
func Open(c Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{
		log: c.Logger, now: c.Now, collections: map[string]*held{}, aliases: map[string]string{},
		presets: map[string]any{}, stopwords: map[string]stopwordSet{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.keys = access.New(c.APIKey, s.now)
	s.routes = s.table()
	var err error
	if s.folder, err = store.OpenFolder(c.Dir, c.Sync, s.log); err != nil {
		return nil, err
	}
	if s.book, err = s.folder.OpenBook(); err != nil {
		return nil, errors.Join(err, s.folder.Close())
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open the search data: %w", err), s.Close())
	}
	return s, nil
}

// Close closes the data files. Requests must not be made after it.
func (s *Server) Close() error {
	s.editing.Lock()
	defer s.editing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []error
	for _, c := range s.collections {
		all = append(all, c.Close())
	}
	return errors.Join(errors.Join(all...), s.book.Close(), s.folder.Close())
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.Header.Get("Origin") != "" {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "POST, GET, DELETE, PUT, PATCH, OPTIONS")
		h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
		h.Set("Access-Control-Max-Age", "3600")
		w.WriteHeader(http.StatusOK)
		return
	}
	s.routes.serve(s, w, r)
}
