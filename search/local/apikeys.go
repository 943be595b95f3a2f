package local

import (
	"net/http"
	"strconv"

	"github.com/stagedoor/stagedoor/search/local/access"
	"github.com/stagedoor/stagedoor/search/local/fault"
)

var errKey = fault.NotFound("Not found.")

func (c *call) listKeys() error {
	if err := c.s.expireKeys(); err != nil {
		return err
	}
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	out := []any{}
	for _, k := range c.s.keys.All() {
		out = append(out, k.View())
	}
	return c.ok(map[string]any{"keys": out})
}

func (c *call) createKey() error {
	body, err := c.object()
	if err != nil {
		return err
	}
	k, err := access.ParseKey(body)
	if err != nil {
		return err
	}
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	if k.ID, err = c.s.count(bookKeys); err != nil {
		return err
	}
	c.s.mu.Lock()
	err = c.s.keys.Put(k)
	c.s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := c.s.book.Change(map[string]any{bookKeys: k.ID + 1, bookKey + strconv.Itoa(k.ID): k}); err != nil {
		c.s.mu.Lock()
		c.s.keys.Remove(k)
		c.s.mu.Unlock()
		return err
	}
	return c.reply(http.StatusCreated, k.Whole())
}

// namedKey returns the key that the path names.
func (c *call) namedKey() (*access.Key, error) {
	id, err := strconv.Atoi(c.path["id"])
	if err != nil {
		return nil, errKey
	}
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	k := c.s.keys.Get(id)
	if k == nil {
		return nil, errKey
	}
	return k, nil
}

func (c *call) getKey() error {
	k, err := c.namedKey()
	if err != nil {
		return err
	}
	return c.ok(k.View())
}

func (c *call) deleteKey() error {
	c.s.editing.Lock()
	defer c.s.editing.Unlock()
	k, err := c.namedKey()
	if err != nil {
		return err
	}
	if err := c.s.forgetKey(k); err != nil {
		return err
	}
	return c.ok(map[string]any{"id": k.ID})
}

// forgetKey removes a key; the caller holds s.editing.
func (s *Server) forgetKey(k *access.Key) error {
	if err := s.book.Delete(bookKey + strconv.Itoa(k.ID)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys.Remove(k)
	return nil
}

// expireKeys removes the keys that have ended and are to go then.
func (s *Server) expireKeys() error {
	s.editing.Lock()
	defer s.editing.Unlock()
	s.mu.RLock()
	gone := s.keys.Expired()
	s.mu.RUnlock()
	for _, k := range gone {
		if err := s.forgetKey(k); err != nil {
			return err
		}
	}
	return nil
}
