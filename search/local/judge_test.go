package local

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
)

// volatile stands for a value that differs from one recording to the next.
const volatile = "<volatile>"

// difference gathers what differs between a recorded answer and ours.
type difference struct {
	hard []string
}

func (d *difference) add(format string, args ...any) {
	d.hard = append(d.hard, fmt.Sprintf(format, args...))
}

// judge compares an answer with the recorded one.
func judge(c recorded, w *httptest.ResponseRecorder, got any) *difference {
	d := &difference{}
	want := c.Response
	if w.Code != want.Status {
		d.add("status %d, want %d", w.Code, want.Status)
	}
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
	if have := w.Header().Get("Content-Type"); plain(have) != plain(want.ContentType) {
		d.add("content type %q, want %q", have, want.ContentType)
	}
	for k, v := range want.Headers {
		if have := w.Header().Get(k); have != v {
			d.add("header %s: %q, want %q", k, have, v)
		}
	}
	body := want.Body
	if c.Unordered != "" {
		body, got = inOrder(body, c.Unordered), inOrder(got, c.Unordered)
	}
	d.compare(body, got, "body", c.Strict)
	return d
}

// compare compares two values. Keys that only we have are allowed, except inside
// a document or a highlight, where keys are data, and in strict cases.
func (d *difference) compare(want, got any, path string, strict bool) {
	if want == volatile {
		return
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			d.add("%s: %s, want %s", path, short(got), short(want))
			return
		}
		d.objects(w, g, path, strict)
	case []any:
		g, ok := got.([]any)
		if !ok {
			d.add("%s: %s, want %s", path, short(got), short(want))
			return
		}
		if len(w) != len(g) {
			d.add("%s: %d items, want %d", path, len(g), len(w))
		}
		for i := range min(len(w), len(g)) {
			d.compare(w[i], g[i], fmt.Sprintf("%s[%d]", path, i), strict)
		}
	case json.Number:
		g, ok := got.(json.Number)
		if !ok || !equal(w, g) {
			d.add("%s: %s, want %s", path, short(got), short(want))
		}
	case string:
		g, ok := got.(string)
		if !ok {
			d.add("%s: %s, want %s", path, short(got), short(want))
			return
		}
		d.texts(w, g, path, strict)
	default:
		if want != got {
			d.add("%s: %s, want %s", path, short(got), short(want))
		}
	}
}

func (d *difference) objects(want, got map[string]any, path string, strict bool) {
	for k, v := range want {
		if have, ok := got[k]; ok {
			d.compare(v, have, path+"."+k, strict || k == "document" || k == "highlight")
		} else {
			d.add("%s.%s: missing, want %s", path, k, short(v))
		}
	}
	for k, v := range got {
		if _, ok := want[k]; !ok && strict {
			d.add("%s.%s: extra, %s", path, k, short(v))
		}
	}
}

// equal compares numbers; fractions may differ in the last digits.
func equal(a, b json.Number) bool {
	if a == b {
		return true
	}
	if !strings.ContainsAny(string(a)+string(b), ".eE") {
		return false
	}
	x, _ := a.Float64()
	y, _ := b.Float64()
	return math.Abs(x-y) <= math.Max(1e-6*math.Max(math.Abs(x), math.Abs(y)), 1e-9)
}

// texts compares strings; those that are JSON, or lines of it, are compared as
// such.
func (d *difference) texts(want, got, path string, strict bool) {
	if want == got {
		return
	}
	if strings.Contains(want, volatile) && !strings.Contains(want, "\n") {
		var parts []string
		for p := range strings.SplitSeq(want, volatile) {
			parts = append(parts, regexp.QuoteMeta(p))
		}
		if regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$").MatchString(got) {
			return
		}
	}
	lines := strings.Split(strings.Trim(want, "\n"), "\n")
	if path == "body" && len(lines) > 1 && !slices.ContainsFunc(lines, func(s string) bool { return !isJSON(s) }) {
		have := strings.Split(strings.Trim(got, "\n"), "\n")
		if len(have) != len(lines) {
			d.add("%s: %d lines, want %d", path, len(have), len(lines))
		}
		for i := range min(len(have), len(lines)) {
			d.compare(lines[i], have[i], fmt.Sprintf("%s line %d", path, i+1), strict)
		}
		return
	}
	if isJSON(strings.TrimSpace(want)) && isJSON(strings.TrimSpace(got)) {
		a, _ := decodeJSON(want)
		b, _ := decodeJSON(got)
		d.compare(a, b, path+"(json)", strict)
		return
	}
	d.add("%s: %s, want %s", path, short(got), short(want))
}

func isJSON(s string) bool {
	if s == "" || s[0] != '{' && s[0] != '[' {
		return false
	}
	return json.Valid([]byte(s))
}

// inOrder sorts the lists called name, all of them for "*", so that they compare
// as sets.
func inOrder(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			x = inOrder(x, name)
			if list, ok := x.([]any); ok && (name == "*" || name == k) {
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(dump(a), dump(b)) })
			}
			out[k] = x
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = inOrder(x, name)
		}
		return out
	}
	return v
}

func dump(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func short(v any) string { return cut(dump(v), 160) }

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}
