package local

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recorded is an exchange that was recorded from Typesense.
type recorded struct {
	ID      string
	Note    string
	Request struct {
		Method  string
		Path    string
		Query   map[string]any
		Headers map[string]any
		Body    json.RawMessage
	}
	Response struct {
		Status      int
		ContentType string `json:"content_type"`
		Headers     map[string]string
		Body        any
	}
	Unordered string
	Strict    bool
}

// recordings finds the folder of recorded exchanges beside the repository.
func recordings(t testing.TB) string {
	dir := os.Getenv("STAGEDOOR_TYPESENSE_RECORDINGS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "typesense")
	}
	if _, err := os.Stat(filepath.Join(dir, "setup.jsonl")); err != nil {
		t.Skip("the exchanges recorded from Typesense are not here; STAGEDOOR_TYPESENSE_RECORDINGS names their folder")
	}
	return dir
}

// groups returns the files of recordings, setup first.
func replayGroups(t testing.TB, dir string) []string {
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(files, func(a, b string) int {
		setup := func(s string) int {
			if filepath.Base(s) == "setup.jsonl" {
				return 0
			}
			return 1
		}
		if d := setup(a) - setup(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return files
}

func readCases(t testing.TB, file string) []recorded {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []recorded
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		if strings.TrimSpace(in.Text()) == "" {
			continue
		}
		var c recorded
		d := json.NewDecoder(bytes.NewReader(in.Bytes()))
		d.UseNumber()
		if err := d.Decode(&c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, c)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

const replayKey = "the admin key"

// player sends recorded requests to a server.
type player struct {
	s       *Server
	answers map[string]any
}

var placeholder = regexp.MustCompile(`\{\{([^{}]+)\}\}`)

// live puts values of earlier answers where a request has places for them.
func (p *player) live(s string) string {
	return placeholder.ReplaceAllStringFunc(s, func(m string) string {
		name := strings.Trim(m, "{}")
		if name == "key" {
			return replayKey
		}
		i := strings.LastIndexByte(name, ':')
		if body, ok := p.answers[name[:i]].(map[string]any); ok && body[name[i+1:]] != nil {
			return fmt.Sprint(body[name[i+1:]])
		}
		return "0"
	})
}

// send sends a case and returns the answer, decoded when it is JSON.
func (p *player) send(c recorded) (*httptest.ResponseRecorder, any) {
	target := p.live(c.Request.Path)
	var query []string
	for k, v := range c.Request.Query {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, x := range list {
			query = append(query, escape(k)+"="+escape(p.live(fmt.Sprint(x))))
		}
	}
	if len(query) > 0 {
		target += "?" + strings.Join(query, "&")
	}
	var body []byte
	header := http.Header{"X-Typesense-Api-Key": {replayKey}}
	if raw := c.Request.Body; len(raw) > 0 && string(raw) != "null" {
		header.Set("Content-Type", "application/json")
		var text string
		if json.Unmarshal(raw, &text) == nil {
			body = []byte(p.live(text))
		} else {
			body = []byte(p.live(string(raw)))
		}
	}
	for k, v := range c.Request.Headers {
		if v == nil {
			header.Del(k)
		} else {
			header.Set(k, p.live(fmt.Sprint(v)))
		}
	}
	r := httptest.NewRequest(c.Request.Method, "/", bytes.NewReader(body))
	u, err := url.Parse(target)
	if err != nil {
		panic(err)
	}
	r.URL, r.Header = u, header
	w := httptest.NewRecorder()
	p.s.ServeHTTP(w, r)
	var value any = w.Body.String()
	if strings.Contains(w.Header().Get("Content-Type"), "json") {
		if v, ok := decodeJSON(w.Body.String()); ok {
			value = v
		}
	}
	p.answers[c.ID] = value
	return w, value
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func decodeJSON(s string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil, false
	}
	return v, true
}

// TestReplay sends the recorded requests in their order and compares the answers.
// Those that are known to differ are listed with the reason; the list must be
// exact.
func TestReplay(t *testing.T) {
	dir := recordings(t)
	s, err := Open(Config{Dir: t.TempDir(), APIKey: replayKey})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	listed := readDiffering(t)
	p := &player{s: s, answers: map[string]any{}}
	total, same := 0, 0
	for _, file := range replayGroups(t, dir) {
		cases := readCases(t, file)
		passed := 0
		for _, c := range cases {
			w, got := p.send(c)
			d := judge(c, w, got)
			reason, known := listed[c.ID]
			switch {
			case len(d.hard) == 0 && known:
				t.Errorf("%s is listed as differing (%s) but passes", c.ID, reason)
			case len(d.hard) > 0 && !known:
				t.Errorf("%s (%s): %s %s %v %s", c.ID, c.Note, c.Request.Method, c.Request.Path, c.Request.Query, cut(string(c.Request.Body), 300))
				for _, line := range d.hard[:min(len(d.hard), 12)] {
					t.Errorf("    %s", line)
				}
			}
			if len(d.hard) == 0 {
				passed++
			}
			delete(listed, c.ID)
		}
		t.Logf("%-12s %4d of %4d", strings.TrimSuffix(filepath.Base(file), ".jsonl"), passed, len(cases))
		total, same = total+len(cases), same+passed
	}
	t.Logf("%-12s %4d of %4d", "all", same, total)
	for id := range listed {
		t.Errorf("%s is listed as differing but not recorded", id)
	}
}

// readDiffering reads the list of cases that are known to differ: an id, and
// after it the reason.
func readDiffering(t *testing.T) map[string]string {
	b, err := os.ReadFile(filepath.Join("testdata", "differs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.SplitSeq(string(b), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, ok := strings.Cut(line, " ")
		if !ok {
			t.Errorf("%s is listed as differing without a reason", id)
		}
		out[id] = strings.TrimSpace(reason)
	}
	return out
}
