package rank

import (
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

// The names that sort_by knows besides the fields.
const (
	textMatch  = "_text_match"
	sequence   = "_seq_id"
	groupFound = "_group_found"
	vectors    = "_vector_distance"
	evaluation = "_eval"
)

// maxKeys is how many keys a query can be sorted by.
const maxKeys = 3

// term is one key of a sort_by parameter as it is written.
type term struct {
	name       string // "rating" or "at(51.5, -0.1)"
	order      string
	conditions []string // of _eval
	scores     []int64
}

var errSort = fault.Bad("Parameter `sort_by` is malformed.")

// split takes a sort_by parameter apart.
func split(s string) ([]term, error) {
	var out []term
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		var t term
		var ok bool
		if strings.HasPrefix(s, evaluation) {
			t, s, ok = splitEval(s)
		} else {
			t, s, ok = splitField(s)
		}
		if !ok {
			return nil, errSort
		}
		out = append(out, t)
	}
	if len(out) > maxKeys {
		return nil, fault.Bad("Only upto 3 sort fields are allowed.")
	}
	return out, nil
}

// splitField takes the first key off s: it ends at a comma outside parentheses.
func splitField(s string) (t term, rest string, ok bool) {
	depth, end, last := 0, len(s), byte('`')
	for i := range len(s) {
		c := s[i]
		if c == ',' && depth == 0 && (last < '0' || last > '9') {
			end = i
			break
		}
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		if c != ' ' {
			last = c
		}
	}
	expr := s[:end]
	if end < len(s) {
		rest = s[end+1:]
	}
	colon := strings.LastIndexByte(expr, ':')
	if colon < 0 || colon+1 == len(expr) {
		return t, "", false
	}
	t.name = strings.TrimSpace(expr[:colon])
	t.order = strings.ToUpper(strings.TrimSpace(expr[colon+1:]))
	return t, rest, true
}

// splitEval takes "_eval(condition):order" or "_eval([(condition):score, ...]):order"
// off s.
func splitEval(s string) (t term, rest string, ok bool) {
	open := strings.IndexByte(s, '(')
	if open < 0 {
		return t, "", false
	}
	inner, after, ok := parenthesis(s[open:])
	if !ok {
		return t, "", false
	}
	if trimmed := strings.TrimSpace(inner); strings.HasPrefix(trimmed, "[") {
		if t.conditions, t.scores, ok = conditions(trimmed[1:]); !ok {
			return t, "", false
		}
	} else {
		t.conditions, t.scores = []string{inner}, []int64{1}
	}
	colon := strings.IndexByte(after, ':')
	if colon < 0 {
		return t, "", false
	}
	order, rest, _ := strings.Cut(after[colon+1:], ",")
	t.name, t.order = evaluation, strings.ToUpper(strings.TrimSpace(order))
	return t, rest, true
}

// conditions reads "(condition):score, ...]".
func conditions(s string) (exprs []string, scores []int64, ok bool) {
	for {
		s = strings.TrimLeft(s, ", ")
		if strings.HasPrefix(s, "]") {
			return exprs, scores, len(exprs) > 0
		}
		inner, after, ok := parenthesis(s)
		if !ok {
			return nil, nil, false
		}
		colon := strings.IndexByte(after, ':')
		end := strings.IndexAny(after, ",]")
		if colon < 0 || end < colon {
			return nil, nil, false
		}
		n, err := strconv.ParseInt(strings.TrimSpace(after[colon+1:end]), 10, 64)
		if err != nil {
			return nil, nil, false
		}
		exprs, scores = append(exprs, inner), append(scores, n)
		s = after[end:]
	}
}

// parenthesis returns what is between the parenthesis that s begins with and the
// one that closes it, and what follows.
func parenthesis(s string) (inner, after string, ok bool) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return s[min(1, i):i], s[i+1:], i > 0
		}
	}
	return "", "", false
}
