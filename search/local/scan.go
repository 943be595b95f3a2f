package local

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"
)

type field struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Facet    bool   `json:"facet"`
	Optional bool   `json:"optional"`
	Index    *bool  `json:"index,omitempty"`
	Sort     bool   `json:"sort"`
}

type schema struct {
	Name      string  `json:"name"`
	Fields    []field `json:"fields"`
	CreatedAt int64   `json:"created_at"`
}

type document map[string]any

type stored struct {
	doc document
	seq int
}

type collection struct {
	schema schema
	docs   map[string]stored
	seq    int
}

func newCollection(s schema) *collection { return &collection{schema: s, docs: map[string]stored{}} }

func (c *collection) put(d document) {
	c.seq++
	c.docs[d["id"].(string)] = stored{d, c.seq}
}

func (c *collection) field(name string) (field, bool) {
	if name == "id" {
		return field{Name: "id", Type: "string"}, true
	}
	for _, f := range c.schema.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return field{}, false
}

// word is a token of a text and where it stands.
type word struct {
	text       string
	start, end int
}

func words(s string) []word {
	var out []word
	start := -1
	for i, r := range s + " " {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
			if start < 0 {
				start = i
			}
		} else if start >= 0 && r != '\'' {
			out = append(out, word{strings.ToLower(strings.ReplaceAll(s[start:i], "'", "")), start, i})
			start = -1
		}
	}
	return out
}

func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		last := row[0]
		row[0] = i + 1
		for j := range b {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// matches returns how far text is from the query word: -1 when too far.
func matches(q string, prefix bool, text string) int {
	qr, tr := []rune(q), []rune(text)
	if prefix && strings.HasPrefix(text, q) {
		return 0
	}
	limit := 0
	if len(qr) >= 4 {
		limit = 1
	}
	if len(qr) >= 7 {
		limit = 2
	}
	if d := distance(qr, tr); d <= limit {
		return d
	}
	if prefix && len(tr) > len(qr) {
		if d := distance(qr, tr[:len(qr)]); d <= limit {
			return d
		}
	}
	return -1
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// score says how well d fits the query words; 0: not at all.
func score(d document, query []word, fields []string, weights []int) int {
	total := 0
	for qi, q := range query {
		best := 0
		for fi, f := range fields {
			for _, t := range texts(d[f]) {
				for _, w := range words(t) {
					if m := matches(q.text, qi == len(query)-1, w.text); m >= 0 {
						best = max(best, weights[fi]*10-3*m+1)
					}
				}
			}
		}
		if best == 0 {
			return 0
		}
		total += best
	}
	return total
}

type hit struct {
	d      document
	seq    int
	score  int
	meters map[string]any
}

func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	p := r.URL.Query()
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.find(w, r.PathValue("name"))
	if c == nil {
		return
	}
	keep, err := parseFilter(c, p.Get("filter_by"))
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	q := p.Get("q")
	fields := strings.Split(p.Get("query_by"), ",")
	weights := make([]int, len(fields))
	for i, x := range strings.Split(p.Get("query_by_weights")+strings.Repeat(",", len(fields)), ",")[:len(fields)] {
		if weights[i], err = strconv.Atoi(x); err != nil {
			weights[i] = 1
		}
	}
	var hits []hit
	query := words(q)
	for _, d := range c.docs {
		n := 1
		if q != "*" && q != "" {
			n = score(d.doc, query, fields, weights)
		}
		if n > 0 && keep(d.doc) {
			hits = append(hits, hit{d: d.doc, seq: d.seq, score: n})
		}
	}
	if err := order(hits, p.Get("sort_by")); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	page, _ := strconv.Atoi(p.Get("page"))
	perPage, err := strconv.Atoi(p.Get("per_page"))
	if err != nil {
		perPage = 10
	}
	from := min((max(page, 1)-1)*perPage, len(hits))
	open, shut := cmp.Or(p.Get("highlight_start_tag"), "<mark>"), cmp.Or(p.Get("highlight_end_tag"), "</mark>")
	out := []any{}
	for _, h := range hits[from:min(from+perPage, len(hits))] {
		one := map[string]any{"document": h.d, "highlights": highlights(h.d, query, fields, open, shut), "text_match": h.score}
		if h.meters != nil {
			one["geo_distance_meters"] = h.meters
		}
		out = append(out, one)
	}
	reply(w, http.StatusOK, map[string]any{
		"found": len(hits), "out_of": len(c.docs), "page": max(page, 1), "hits": out, "facet_counts": facets(hits, p.Get("facet_by")),
		"request_params": map[string]any{"collection_name": c.schema.Name, "q": q, "per_page": perPage},
		"search_cutoff":  false, "search_time_ms": time.Since(began).Milliseconds(),
	})
}

func highlights(d document, query []word, fields []string, open, shut string) []any {
	out := []any{}
	for _, f := range fields {
		text, ok := d[f].(string)
		if !ok {
			continue
		}
		var b strings.Builder
		at := 0
		var tokens []string
		for _, w := range words(text) {
			for qi, q := range query {
				if matches(q.text, qi == len(query)-1, w.text) >= 0 {
					b.WriteString(text[at:w.start] + open + text[w.start:w.end] + shut)
					tokens = append(tokens, text[w.start:w.end])
					at = w.end
					break
				}
			}
		}
		if tokens != nil {
			all := b.String() + text[at:]
			out = append(out, map[string]any{"field": f, "snippet": all, "value": all, "matched_tokens": tokens})
		}
	}
	return out
}

func facets(hits []hit, facetBy string) []any {
	out := []any{}
	if facetBy == "" {
		return out
	}
	for _, f := range strings.Split(facetBy, ",") {
		counts := map[string]int{}
		for _, h := range hits {
			for _, v := range texts(h.d[f]) {
				counts[v]++
			}
		}
		values := make([]map[string]any, 0, len(counts))
		for v, n := range counts {
			values = append(values, map[string]any{"value": v, "highlighted": v, "count": n})
		}
		sort.Slice(values, func(i, j int) bool {
			a, b := values[i]["count"].(int), values[j]["count"].(int)
			return a > b || a == b && values[i]["value"].(string) < values[j]["value"].(string)
		})
		out = append(out, map[string]any{"field_name": f, "counts": values, "stats": map[string]any{"total_values": len(values)}})
	}
	return out
}

func order(hits []hit, by string) error {
	var keys []func(a, b hit) int
	for _, k := range splitTop(by, ",") {
		name, dir, _ := cutLast(k, ":")
		sign := 1
		if dir == "desc" {
			sign = -1
		}
		base, args, _ := strings.Cut(name, "(")
		args = strings.TrimSuffix(args, ")")
		switch lat, lon, geo := coordinates(args); {
		case k == "":
		case base == "_text_match":
			keys = append(keys, func(a, b hit) int { return sign * cmp.Compare(a.score, b.score) })
		case geo:
			for i := range hits {
				hits[i].meters = map[string]any{base: metersFrom(hits[i].d[base], lat, lon)}
			}
			keys = append(keys, func(a, b hit) int { return sign * cmp.Compare(a.meters[base].(int), b.meters[base].(int)) })
		default:
			keys = append(keys, func(a, b hit) int {
				x, y := a.d[base], b.d[base]
				if x == nil || y == nil {
					return cmp.Compare(b2i(x == nil), b2i(y == nil))
				}
				if s, ok := x.(string); ok {
					return sign * cmp.Compare(strings.ToLower(s), strings.ToLower(y.(string)))
				}
				fx, _ := x.(float64)
				fy, _ := y.(float64)
				return sign * cmp.Compare(fx, fy)
			})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		for _, k := range keys {
			if n := k(a, b); n != 0 {
				return n
			}
		}
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.seq, a.seq))
	})
	return nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func coordinates(s string) (lat, lon float64, ok bool) {
	parts := strings.Split(s, ",")
	if len(parts) < 2 {
		return
	}
	lat, err1 := strconv.ParseFloat(strings.TrimSpace(parts[0]), 64)
	lon, err2 := strconv.ParseFloat(strings.TrimSpace(parts[1]), 64)
	return lat, lon, err1 == nil && err2 == nil
}

func metersFrom(v any, lat, lon float64) int {
	p, ok := v.([]any)
	if !ok || len(p) != 2 {
		return math.MaxInt32
	}
	la, _ := p[0].(float64)
	lo, _ := p[1].(float64)
	rad := math.Pi / 180
	h := math.Pow(math.Sin((la-lat)*rad/2), 2) + math.Cos(la*rad)*math.Cos(lat*rad)*math.Pow(math.Sin((lo-lon)*rad/2), 2)
	return int(2 * 6371010 * math.Asin(math.Sqrt(h)))
}

func cutLast(s, sep string) (string, string, bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// splitTop splits outside of backticks, brackets and parentheses.
func splitTop(s, sep string) []string {
	var out []string
	depth, quoted, at := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '`':
			quoted = !quoted
		case quoted:
		case s[i] == '(' || s[i] == '[':
			depth++
		case s[i] == ')' || s[i] == ']':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], sep):
			out = append(out, strings.TrimSpace(s[at:i]))
			at = i + len(sep)
			i = at - 1
		}
	}
	return append(out, strings.TrimSpace(s[at:]))
}

func parseFilter(c *collection, s string) (func(document) bool, error) {
	if strings.TrimSpace(s) == "" {
		return func(document) bool { return true }, nil
	}
	var all []func(document) bool
	for _, part := range splitTop(s, "&&") {
		name, rest, ok := strings.Cut(part, ":")
		name = strings.TrimSpace(name)
		f, known := c.field(name)
		if !ok || !known {
			return nil, fmt.Errorf("Could not find a filter field named `%s` in the schema.", name)
		}
		rest = strings.TrimSpace(rest)
		op := ""
		for _, o := range []string{">=", "<=", "!=", "=", ">", "<"} {
			if strings.HasPrefix(rest, o) {
				op, rest = o, strings.TrimSpace(rest[len(o):])
				break
			}
		}
		switch f.Type {
		case "geopoint":
			args := strings.Split(strings.Trim(rest, "()"), ",")
			lat, lon, ok := coordinates(strings.Trim(rest, "()"))
			if !ok || len(args) != 3 {
				return nil, fmt.Errorf("Value of filter field `%s`: must be in the `(-44.50, 170.29, 0.75 km)` format.", name)
			}
			km, err := strconv.ParseFloat(strings.Fields(args[2])[0], 64)
			if err != nil {
				return nil, fmt.Errorf("Value of filter field `%s`: must be in the `(-44.50, 170.29, 0.75 km)` format.", name)
			}
			all = append(all, func(d document) bool { return float64(metersFrom(d[name], lat, lon)) <= km*1000 })
		case "string", "string[]":
			var values []string
			for _, v := range splitTop(strings.Trim(rest, "[]"), ",") {
				values = append(values, strings.ToLower(strings.Trim(v, "`")))
			}
			all = append(all, func(d document) bool {
				found := false
				for _, t := range texts(d[name]) {
					t = strings.ToLower(t)
					for _, v := range values {
						found = found || t == v || op == "" && strings.Contains(t, v)
					}
				}
				return found != (op == "!=")
			})
		default:
			n, err := strconv.ParseFloat(rest, 64)
			if err != nil {
				return nil, fmt.Errorf("Error with filter field `%s`: Not an %s.", name, f.Type)
			}
			all = append(all, func(d document) bool {
				v, ok := d[name].(float64)
				switch op {
				case ">":
					return ok && v > n
				case ">=":
					return ok && v >= n
				case "<":
					return ok && v < n
				case "<=":
					return ok && v <= n
				case "!=":
					return v != n
				}
				return ok && v == n
			})
		}
	}
	return func(d document) bool {
		for _, f := range all {
			if !f(d) {
				return false
			}
		}
		return true
	}, nil
}
