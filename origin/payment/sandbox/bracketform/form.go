// Package bracketform reads the form bodies Stripe's API takes: URL-encoded pairs
// whose names nest with brackets, as in
//
//	amount=1000&metadata[order_id]=7&expand[]=latest_charge&expand[]=payment_method
package bracketform

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits of a body. Stripe's own are wider; no honest request comes near these.
const (
	MaxPairs = 1000
	MaxDepth = 8
	MaxName  = 512
)

// Form is a parsed body. Its zero value is an empty form. It remembers which names
// were asked for, so that Unread can name the others.
type Form struct {
	names  []string            // in order of first appearance
	values map[string][]string // by full bracketed name
	read   map[string]bool
}

// Parse reads an encoded body or query string. It fails on a broken escape, on
// brackets that don't match, on a name used both as a value and as a group, and on
// anything past the limits.
func Parse(encoded string) (*Form, error) {
	f := &Form{values: map[string][]string{}, read: map[string]bool{}}
	groups := map[string]bool{}
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return nil, fmt.Errorf("parameter name %q: %w", clip(rawName), err)
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return nil, fmt.Errorf("value of parameter %q: %w", clip(name), err)
		}
		path, err := split(name)
		if err != nil {
			return nil, fmt.Errorf("parameter name %q: %w", clip(name), err)
		}
		for depth := 1; depth < len(path); depth++ {
			groups[join(path[:depth])] = true
		}
		if _, seen := f.values[name]; !seen {
			if len(f.names) == MaxPairs {
				return nil, fmt.Errorf("more than %d parameters", MaxPairs)
			}
			f.names = append(f.names, name)
		}
		if len(f.values[name]) == MaxPairs {
			return nil, fmt.Errorf("more than %d parameters", MaxPairs)
		}
		f.values[name] = append(f.values[name], value)
	}
	for _, name := range f.names {
		if groups[name] {
			return nil, fmt.Errorf("parameter %q is given both as a value and as a group", clip(name))
		}
	}
	return f, nil
}

// split takes "a[b][c]" apart into a, b, c. Only the last part may be empty: "a[]".
func split(name string) ([]string, error) {
	if len(name) > MaxName {
		return nil, fmt.Errorf("longer than %d bytes", MaxName)
	}
	head, rest, nested := strings.Cut(name, "[")
	if head == "" || strings.Contains(head, "]") {
		return nil, errors.New("brackets without a name")
	}
	path := []string{head}
	for nested {
		part, after, closed := strings.Cut(rest, "]")
		if !closed || strings.Contains(part, "[") {
			return nil, errors.New("brackets do not match")
		}
		if path = append(path, part); len(path) > MaxDepth {
			return nil, fmt.Errorf("nested deeper than %d", MaxDepth)
		}
		if after == "" {
			return path, nil
		}
		if part == "" {
			return nil, errors.New("empty brackets in the middle")
		}
		if after[0] != '[' {
			return nil, errors.New("text after a closing bracket")
		}
		rest = after[1:]
	}
	return path, nil
}

func join(path []string) string {
	var b strings.Builder
	b.WriteString(path[0])
	for _, part := range path[1:] {
		b.WriteString("[" + part + "]")
	}
	return b.String()
}

// Get returns the value of a name and whether it was given. The last of several wins.
func (f *Form) Get(name string) (string, bool) {
	if f == nil || len(f.values[name]) == 0 {
		return "", false
	}
	f.read[name] = true
	all := f.values[name]
	return all[len(all)-1], true
}

// List returns the members of an array, given as name[] or name[0], name[1] and so
// on, in the order they came.
func (f *Form) List(name string) []string {
	if f == nil {
		return nil
	}
	var list []string
	for _, n := range f.names {
		part, ok := member(n, name)
		if _, err := strconv.ParseUint(part, 10, 32); !ok || (part != "" && err != nil) {
			continue
		}
		f.read[n] = true
		list = append(list, f.values[n]...)
	}
	return list
}

// Map returns the members of a one-level group: name[key]=value.
func (f *Form) Map(name string) map[string]string {
	if f == nil {
		return nil
	}
	var group map[string]string
	for _, n := range f.names {
		if part, ok := member(n, name); ok && part != "" {
			if group == nil {
				group = map[string]string{}
			}
			group[part], _ = f.Get(n)
		}
	}
	return group
}

// Has reports whether name, or anything nested in it, was given.
func (f *Form) Has(name string) bool {
	if f == nil {
		return false
	}
	return slices.ContainsFunc(f.names, func(n string) bool {
		return n == name || strings.HasPrefix(n, name+"[")
	})
}

// Unread returns the names nobody asked for, in order of appearance.
func (f *Form) Unread() []string {
	if f == nil {
		return nil
	}
	var unread []string
	for _, n := range f.names {
		if !f.read[n] {
			unread = append(unread, n)
		}
	}
	return unread
}

// Fingerprint is equal for two forms that say the same in whatever order.
func (f *Form) Fingerprint() string {
	if f == nil {
		return ""
	}
	hash := sha256.New()
	names := slices.Sorted(slices.Values(f.names))
	for _, n := range names {
		fmt.Fprintf(hash, "%q=%q\n", n, f.values[n])
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// member returns what stands in the brackets when name is group[part], no deeper.
func member(name, group string) (string, bool) {
	rest, ok := strings.CutPrefix(name, group+"[")
	if !ok {
		return "", false
	}
	part, ok := strings.CutSuffix(rest, "]")
	return part, ok && !strings.ContainsAny(part, "[]")
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
