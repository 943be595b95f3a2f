package index

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// clause builds one filter_by expression. Names of fields come from this
// package; values come from people and are quoted by literal.
type clause []string

// literal quotes a value for filter_by. Between backticks Typesense takes every
// character as it is, and knows no way to write a backtick there: it becomes an
// apostrophe, which the tokeniser drops just the same.
func literal(value string) string {
	return "`" + strings.ReplaceAll(value, "`", "'") + "`"
}

// nothing matches no document. Typesense refuses a value without a word in it;
// nothing has such a name.
const nothing = "id:=`-`"

func hasWord(value string) bool {
	return strings.ContainsFunc(value, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// is adds "field equals value", unless value is empty.
func (c *clause) is(field, value string) {
	switch {
	case strings.TrimSpace(value) == "":
	case hasWord(value):
		*c = append(*c, field+":="+literal(value))
	default:
		*c = append(*c, nothing)
	}
}

// any adds "field is one of values", unless there are none.
func (c *clause) any(field string, values []string) {
	var quoted []string
	given := false
	for _, v := range values {
		given = given || strings.TrimSpace(v) != ""
		if hasWord(v) {
			quoted = append(quoted, literal(v))
		}
	}
	switch {
	case !given:
	case len(quoted) == 0:
		*c = append(*c, nothing)
	default:
		*c = append(*c, field+":=["+strings.Join(quoted, ",")+"]")
	}
}

// all adds "field holds every one of values".
func (c *clause) all(field string, values []string) {
	for _, v := range values {
		c.is(field, v)
	}
}

// number adds a comparison with a whole number.
func (c *clause) number(field, operator string, n int64) {
	*c = append(*c, field+":"+operator+strconv.FormatInt(n, 10))
}

// instant adds a comparison with a time, unless it is zero.
func (c *clause) instant(field, operator string, t time.Time) {
	if !t.IsZero() {
		c.number(field, operator, t.Unix())
	}
}

// days adds "is played on some day between", both included. One element of the list has to lie between them, so the
// two are one range and not two comparisons, which two elements might share. In one range of a list Typesense counts a
// show once for each of its days there, and found is too high; the same range twice counts every show once.
func (c *clause) days(q Query) {
	field := "days"
	if q.OnlyOpen {
		field = "open_days"
	}
	switch from, to := int64(q.FromDay), int64(q.ToDay); {
	case from > 0 && from == to:
		c.number(field, "=", from)
	case from > 0 && to > 0:
		*c = append(*c, fmt.Sprintf("%s:[%d..%d,%d..%d]", field, from, to, from, to))
	case to > 0:
		c.number(field, "<=", to)
	case from > 0 || q.OnlyOpen:
		c.number(field, ">=", max(from, 0))
	}
}

// within adds "field lies at most n.RadiusKm from n".
func (c *clause) within(field string, n *Near) {
	if n != nil && n.RadiusKm > 0 {
		*c = append(*c, field+":("+degrees(n.Lat)+", "+degrees(n.Lon)+", "+degrees(n.RadiusKm)+" km)")
	}
}

func (c clause) String() string { return strings.Join(c, " && ") }

// degrees writes a float without an exponent, as Typesense reads it.
func degrees(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
