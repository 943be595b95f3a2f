package local

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// change is one line of the journal.
type change struct {
	Op         string          `json:"op"` // create, drop, alias, unalias, put, delete
	Collection string          `json:"collection,omitempty"`
	Alias      string          `json:"alias,omitempty"`
	IDs        []string        `json:"ids,omitempty"`
	Schema     *schema         `json:"schema,omitempty"`
	Docs       json.RawMessage `json:"docs,omitempty"`
}

// openJournal replays the journal in dir and leaves it open for appending. A
// last line without its newline was never acknowledged: it is cut off.
func (s *Server) openJournal(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("search data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "journal.jsonl"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("search journal: %w", err)
	}
	good, err := s.replay(f)
	if err == nil {
		err = f.Truncate(good)
	}
	if err == nil {
		_, err = f.Seek(good, io.SeekStart)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("search journal: %w", err), f.Close())
	}
	s.journal = f
	return nil
}

func (s *Server) replay(f *os.File) (good int64, err error) {
	lines := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				s.log.Warn("search journal ends in the middle of a record; dropping it", "line", n, "bytes", len(line))
			}
			return good, nil
		}
		if err != nil {
			return good, err
		}
		var c change
		if err := json.Unmarshal(line, &c); err != nil {
			return good, fmt.Errorf("line %d: %w", n, err)
		}
		if err := s.apply(c); err != nil {
			return good, fmt.Errorf("line %d: %w", n, err)
		}
		good += int64(len(line))
	}
}

// commit writes c to disk and then applies it. The caller holds s.mu.
func (s *Server) commit(c change) error {
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err := s.journal.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("search journal: %w", err)
	}
	if err := s.journal.Sync(); err != nil {
		return fmt.Errorf("search journal: %w", err)
	}
	return s.apply(c)
}

func (s *Server) apply(c change) error {
	switch c.Op {
	case "create":
		s.collections[c.Collection] = newCollection(*c.Schema)
	case "drop":
		delete(s.collections, c.Collection)
	case "alias":
		s.aliases[c.Alias] = c.Collection
	case "unalias":
		delete(s.aliases, c.Alias)
	case "put", "delete":
		col := s.collections[c.Collection]
		if col == nil {
			return fmt.Errorf("collection %q is not there", c.Collection)
		}
		for _, id := range c.IDs {
			delete(col.docs, id)
		}
		if c.Docs != nil {
			var docs []document
			if err := json.Unmarshal(c.Docs, &docs); err != nil {
				return err
			}
			for _, d := range docs {
				col.put(d)
			}
		}
	default:
		return fmt.Errorf("unknown record %q", c.Op)
	}
	return nil
}
