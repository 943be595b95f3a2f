package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Book is a small set of named values: schemas, aliases, synonyms and the like.
// All of it is in memory; every change is in its file before it is made.
// It is not safe for concurrent use.
type Book struct {
	dir     *Folder
	log     *log
	entries map[string]entry
	next    uint64
	stale   int // frames that no longer count
}

type entry struct {
	order uint64
	value json.RawMessage
}

// change is one frame of the file; a nil value removes the key.
type change struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value,omitempty"`
}

// OpenBook opens the book of the folder.
func (f *Folder) OpenBook() (*Book, error) {
	b := &Book{dir: f, entries: map[string]entry{}}
	l, err := openLog(b.path(), f.sync, f.out, func(_ int64, payload []byte) error {
		var list []change
		if err := json.Unmarshal(payload, &list); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		b.apply(list)
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.log = l
	if b.stale > 100 && b.stale > len(b.entries) {
		return b, b.rewrite()
	}
	return b, nil
}

func (b *Book) path() string { return filepath.Join(b.dir.path, "book.log") }

func (b *Book) apply(list []change) {
	for _, c := range list {
		old, known := b.entries[c.Key]
		if known {
			b.stale++
		}
		if c.Value == nil {
			b.stale++
			delete(b.entries, c.Key)
			continue
		}
		if !known {
			b.next++
			old.order = b.next
		}
		b.entries[c.Key] = entry{order: old.order, value: c.Value}
	}
}

// rewrite replaces the file by one that holds only what counts.
func (b *Book) rewrite() error {
	path := b.path() + ".new"
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write search data: %w", err)
	}
	fresh, err := openLog(path, SyncAlways, b.dir.out, func(int64, []byte) error { return nil })
	if err != nil {
		return err
	}
	var all []change
	for _, key := range b.Keys("") {
		all = append(all, change{key, b.entries[key].value})
	}
	payload, err := json.Marshal(all)
	if err == nil && len(all) > 0 {
		_, err = fresh.append(payload)
	}
	if err == nil {
		err = os.Rename(path, b.path())
	}
	if err == nil {
		err = syncDir(b.dir.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write search data: %w", err), fresh.close())
	}
	old := b.log
	b.log, b.stale = fresh, 0
	b.log.path, b.log.sync = b.path(), b.dir.sync
	return old.close()
}

// Put sets the value of key to the JSON form of v.
func (b *Book) Put(key string, v any) error { return b.Change(map[string]any{key: v}) }

// Delete removes the keys.
func (b *Book) Delete(keys ...string) error {
	all := map[string]any{}
	for _, k := range keys {
		all[k] = nil
	}
	return b.Change(all)
}

// Change sets several values at once, all of them or, when it fails, none; nil
// removes a key.
func (b *Book) Change(values map[string]any) error {
	var list []change
	for key, v := range values {
		if v == nil {
			if _, ok := b.entries[key]; ok {
				list = append(list, change{Key: key})
			}
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encode %s: %w", key, err)
		}
		list = append(list, change{key, raw})
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(x, y change) int { return strings.Compare(x.Key, y.Key) })
	payload, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("encode search data: %w", err)
	}
	if _, err := b.log.append(payload); err != nil {
		return err
	}
	b.apply(list)
	return nil
}

// Get reads the value of key into v and says whether there is one.
func (b *Book) Get(key string, v any) (bool, error) {
	e, ok := b.entries[key]
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal(e.value, v); err != nil {
		return true, fmt.Errorf("%w: %s: %w", ErrDamaged, key, err)
	}
	return true, nil
}

// Raw returns the JSON of key's value, nil when there is none.
func (b *Book) Raw(key string) json.RawMessage { return b.entries[key].value }

// Keys returns the keys that begin with prefix in the order in which they were
// first set.
func (b *Book) Keys(prefix string) []string {
	var keys []string
	for k := range b.entries {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(x, y string) int {
		if b.entries[x].order < b.entries[y].order {
			return -1
		}
		return 1
	})
	return keys
}

// Close closes the file. The book cannot be changed afterwards.
func (b *Book) Close() error { return b.log.close() }

// Replace is Put, but the key comes last in the order of Keys.
func (b *Book) Replace(key string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	list := []change{{Key: key}, {Key: key, Value: raw}}
	payload, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("encode search data: %w", err)
	}
	if _, err := b.log.append(payload); err != nil {
		return err
	}
	b.apply(list)
	return nil
}
