// Package access decides what the holder of an API key may do.
package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// Search is the action that scoped keys may allow.
const Search = "documents:search"

// farFuture is when a key ends that has no end, in unix seconds.
const farFuture = 64723363199

// prefixLen is how much of a key's value is shown once it is made.
const prefixLen = 4

// Key is an API key.
type Key struct {
	ID          int      `json:"id"`
	Value       string   `json:"value"`
	Description string   `json:"description"`
	Actions     []string `json:"actions"`
	Collections []string `json:"collections"` // names or regular expressions
	ExpiresAt   int64    `json:"expires_at"`  // unix seconds
	AutoDelete  bool     `json:"autodelete"`

	patterns []*regexp.Regexp
}

// ParseKey reads the body of a request that makes a key. The value is random
// unless the request gives one.
func ParseKey(body map[string]any) (*Key, error) {
	for _, name := range []string{"description", "actions", "collections"} {
		if _, ok := body[name]; !ok {
			return nil, fault.Bad("Could not find a `%s` key.", name)
		}
	}
	k := &Key{ExpiresAt: farFuture}
	var ok bool
	if v, given := body["value"]; given {
		if k.Value, ok = v.(string); !ok {
			return nil, fault.Bad("Key value must be a string.")
		}
	}
	if k.Description, ok = body["description"].(string); !ok {
		return nil, fault.Bad("Key description must be a string.")
	}
	if k.Actions, ok = texts(body["actions"]); !ok {
		return nil, fault.Bad("Wrong format for `actions`. It should be an array of string.")
	}
	if k.Collections, ok = texts(body["collections"]); !ok {
		return nil, fault.Bad("Wrong format for `collections`. It should be an array of string.")
	}
	if v, given := body["expires_at"]; given {
		n, ok := v.(json.Number)
		if k.ExpiresAt = schema.Whole(n); !ok || !schema.IsWhole(n) || k.ExpiresAt < 0 {
			return nil, fault.Bad("Wrong format for `expires_at`. It should be an unsigned integer.")
		}
	}
	k.AutoDelete, _ = body["autodelete"].(bool)
	if k.Value == "" {
		k.Value = random()
	}
	k.compile()
	return k, nil
}

func texts(v any) ([]string, bool) {
	list, ok := v.([]any)
	var out []string
	for _, x := range list {
		s, isText := x.(string)
		ok = ok && isText
		out = append(out, s)
	}
	return out, ok && len(out) > 0
}

// random returns 32 letters and digits that nobody can guess.
func random() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var out []byte
	for len(out) < 32 {
		var b [48]byte
		_, _ = rand.Read(b[:]) // never fails
		for _, c := range b {
			if int(c) < 256/len(letters)*len(letters) && len(out) < 32 {
				out = append(out, letters[int(c)%len(letters)])
			}
		}
	}
	return string(out)
}

func (k *Key) compile() {
	k.patterns = nil
	for _, c := range k.Collections {
		if p, err := regexp.Compile("^(?:" + c + ")$"); err == nil {
			k.patterns = append(k.patterns, p)
		}
	}
}

// View is the key as the API shows it, with only the beginning of its value.
func (k *Key) View() map[string]any {
	v := k.Whole()
	delete(v, "value")
	v["value_prefix"] = k.Value[:min(prefixLen, len(k.Value))]
	return v
}

// Whole is the key as the API shows it when it is made.
func (k *Key) Whole() map[string]any {
	return map[string]any{
		"id": k.ID, "value": k.Value, "description": k.Description, "actions": k.Actions,
		"collections": k.Collections, "expires_at": k.ExpiresAt, "autodelete": k.AutoDelete,
	}
}

// covers says whether the key is for a collection; "" is for what is about none.
func (k *Key) covers(collection string) bool {
	return collection == "" || slices.Contains(k.Collections, "*") || slices.Contains(k.Collections, collection) ||
		slices.ContainsFunc(k.patterns, func(p *regexp.Regexp) bool { return p.MatchString(collection) })
}

// allows says whether the key allows an action; an action that has two names has
// a bar between their ends.
func (k *Key) allows(action string) bool {
	resource, ends, _ := strings.Cut(action, ":")
	if first, second, ok := strings.Cut(ends, "|"); ok {
		return k.allows(resource+":"+first) || k.allows(resource+":"+second)
	}
	return slices.ContainsFunc(k.Actions, func(a string) bool {
		return a == "*" || action != "*" && a == action || a == resource+":*"
	})
}

// Keys are the keys of a server. They may be read by many goroutines at once, but
// not while changed.
type Keys struct {
	admin [sha256.Size]byte
	now   func() time.Time
	list  []*Key
	by    map[[sha256.Size]byte]*Key
}

// New returns the keys of a server with an admin key, which may do everything.
func New(admin string, now func() time.Time) *Keys {
	return &Keys{admin: sha256.Sum256([]byte(admin)), now: now, by: map[[sha256.Size]byte]*Key{}}
}

// Put adds a key; it fails when there is one with the same value.
func (k *Keys) Put(key *Key) error {
	sum := sha256.Sum256([]byte(key.Value))
	if k.by[sum] != nil || sum == k.admin {
		return fault.New(409, "API key generation conflict.")
	}
	key.compile()
	k.by[sum] = key
	k.list = append(k.list, key)
	return nil
}

// Get returns the key with an id, or nil.
func (k *Keys) Get(id int) *Key {
	for _, key := range k.list {
		if key.ID == id {
			return key
		}
	}
	return nil
}

// Remove removes a key.
func (k *Keys) Remove(key *Key) {
	delete(k.by, sha256.Sum256([]byte(key.Value)))
	k.list = slices.DeleteFunc(k.list, func(o *Key) bool { return o == key })
}

// All returns the keys, oldest first.
func (k *Keys) All() []*Key { return k.list }

// Expired returns the keys that have ended and are to be removed then.
func (k *Keys) Expired() []*Key {
	var out []*Key
	for _, key := range k.list {
		if key.AutoDelete && k.now().Unix() > key.ExpiresAt {
			out = append(out, key)
		}
	}
	return out
}

// Grant is what a key allows for one request.
type Grant struct {
	Admin  bool
	Params map[string]any               // search parameters that the key imposes
	Covers func(collection string) bool // for lists of collections
}

// Allow says whether the holder of value may do something with a collection.
func (k *Keys) Allow(value, action, collection string) (Grant, bool) {
	everything := func(string) bool { return true }
	sum := sha256.Sum256([]byte(value))
	if value == "" {
		return Grant{}, false
	}
	if subtle.ConstantTimeCompare(sum[:], k.admin[:]) == 1 {
		return Grant{Admin: true, Covers: everything}, true
	}
	if key := k.by[sum]; key != nil {
		return Grant{Covers: key.covers}, k.now().Unix() <= key.ExpiresAt && key.allows(action) && key.covers(collection)
	}
	if action != Search {
		return Grant{}, false
	}
	params, ok := k.scoped(value, collection)
	return Grant{Params: params, Covers: everything}, ok
}

// scoped reads a key that a client derived from one of the keys: the base64 form
// of the HMAC of its parameters, the beginning of the parent's value and the
// parameters. The parent must allow nothing but searches.
func (k *Keys) scoped(value, collection string) (map[string]any, bool) {
	const digestLen = 44
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(raw) < digestLen+prefixLen {
		return nil, false
	}
	digest, prefix, params := raw[:digestLen], string(raw[digestLen:digestLen+prefixLen]), raw[digestLen+prefixLen:]
	for _, parent := range k.list {
		if !strings.HasPrefix(parent.Value, prefix) || !slices.Equal(parent.Actions, []string{Search}) ||
			k.now().Unix() > parent.ExpiresAt || !parent.covers(collection) {
			continue
		}
		mac := hmac.New(sha256.New, []byte(parent.Value))
		mac.Write(params)
		want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
		if subtle.ConstantTimeCompare([]byte(want), digest) != 1 {
			continue
		}
		var out map[string]any
		if schema.Decode(params, &out) != nil || out == nil {
			continue
		}
		if v, ok := out["expires_at"]; ok {
			n, isNumber := v.(json.Number)
			if !isNumber || !schema.IsWhole(n) || schema.Whole(n) < 0 || k.now().Unix() > schema.Whole(n) {
				continue
			}
		}
		return out, true
	}
	return nil, false
}
