package filter

import (
	"math"
	"strconv"
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

func (c *cond) parseNumber(raw string) error {
	c.kind = byNumber
	if inner, ok := list(raw); ok {
		return c.numberList(inner)
	}
	if rest, equal, not := operator(raw); equal && not {
		if inner, ok := list(rest); ok {
			c.negate = true
			return c.numberList(inner)
		}
	}
	return c.number(raw)
}

func (c *cond) numberList(inner string) error {
	for _, v := range split(inner, ",") {
		if err := c.number(v); err != nil {
			return err
		}
	}
	return nil
}

// comparisons by their sign, longer ones first.
var comparisons = []string{"<=", ">=", "!=", "<", ">"}

// number reads one value with its comparison.
func (c *cond) number(raw string) error {
	sign := ""
	if !schema.IsInt(raw) && !schema.IsFloat(raw) {
		for _, s := range comparisons {
			if strings.HasPrefix(raw, s) {
				sign = s
				break
			}
		}
		if sign == "" {
			if !strings.Contains(raw, "..") {
				return fault.Bad("Error with filter field `%s`: Numerical field has an invalid comparator.", c.field)
			}
			return c.interval(split(raw, ".."))
		}
	}
	v, err := c.value(strings.Trim(raw[len(sign):], " "))
	if err != nil {
		return err
	}
	s := span{lo: math.MinInt64 + 1, hi: math.MaxInt64}
	switch sign {
	case "<=":
		s.hi = v
	case "<":
		s.hi = v - 1
		if v == math.MinInt64 {
			s = span{lo: 1, hi: 0}
		}
	case ">=":
		s.lo = v
	case ">":
		s.lo = v + 1
		if v == math.MaxInt64 {
			s = span{lo: 1, hi: 0}
		}
	default:
		s = span{lo: v, hi: v, not: sign == "!="}
	}
	c.ranges = append(c.ranges, s)
	return nil
}

// interval reads the two ends of "10..20".
func (c *cond) interval(ends []string) error {
	var v []int64
	for _, e := range ends {
		n, err := c.value(e)
		if err != nil {
			return err
		}
		v = append(v, n)
	}
	for i := 0; i+1 < len(v); i += 2 {
		c.ranges = append(c.ranges, span{lo: v[i], hi: v[i+1], between: true})
	}
	return nil
}

// value reads a number in the form in which it is indexed.
func (c *cond) value(s string) (int64, error) {
	switch c.def.Base() {
	case schema.Float:
		if !schema.IsFloat(s) {
			return 0, fault.Bad("Error with filter field `%s`: Not a float.", c.field)
		}
		f, _ := strconv.ParseFloat(s, 64)
		return schema.FloatOrder(float32(f)), nil
	case schema.Int32:
		if !schema.IsInt(s) {
			return 0, fault.Bad("Error with filter field `%s`: Not an int32.", c.field)
		}
		if !schema.IsInt32(s) {
			return 0, fault.Bad("Error with filter field `%s`: `%s` exceeds the range of an int32.", c.field, s)
		}
	default:
		if !schema.IsInt64(s) {
			return 0, fault.Bad("Error with filter field `%s`: Not an int64.", c.field)
		}
	}
	n, _ := strconv.ParseInt(strings.TrimPrefix(s, "+"), 10, 64)
	return n, nil
}
