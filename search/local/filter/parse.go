package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/search/local/earth"
	"github.com/stagedoor/stagedoor/search/local/fault"
	"github.com/stagedoor/stagedoor/search/local/schema"
)

// maxOperations is how many conditions and operators an expression may have.
const maxOperations = 100

// Node is an operator with two operands, or a condition.
type Node struct {
	operator    string
	left, right *Node
	on          *cond
}

// cond is one condition on one field.
type cond struct {
	field   string
	kind    kind
	def     schema.Field
	negate  bool
	exact   bool           // strings: the whole value
	texts   []string       // strings and ids
	all     bool           // ids: every document
	ranges  []span         // numbers
	regions []earth.Region // geopoints
	inner   *Node          // objects: what one of them must fulfil
}

type kind int

const (
	nothing kind = iota // no document: an unknown field that may be unknown
	byID
	byText
	byNumber
	byPlace
	byObject
)

// span is a range of numbers, both ends included; with not, all but that range,
// documents without a number among them.
type span struct {
	lo, hi  int64
	not     bool
	between bool // it was written with both ends: 10..20
}

// Options for Parse.
type Options struct {
	// UnknownFields lets conditions on fields that the schema does not have
	// match nothing instead of being an error.
	UnknownFields bool
}

// Parse reads an expression for documents of c; "" gives nil, which every
// document passes.
func Parse(c *schema.Collection, s string, o Options) (*Node, error) {
	if strings.Trim(s, " ") == "" {
		return nil, nil
	}
	tokens, err := lex(s)
	if err != nil {
		return nil, err
	}
	items, err := postfix(tokens)
	if err != nil {
		return nil, err
	}
	if len(items) > maxOperations {
		return nil, fault.Bad("`filter_by` has too many operations. Maximum allowed: %d. Use `--filter-by-max-ops` command line argument to customize this value.", maxOperations)
	}
	p := parser{c: c, o: o}
	return p.tree(items)
}

type parser struct {
	c      *schema.Collection
	o      Options
	prefix string // of field names, inside braces
}

func (p parser) tree(items []string) (*Node, error) {
	var stack []*Node
	for _, t := range items {
		if t != and && t != or {
			one, err := p.condition(t)
			if err != nil {
				return nil, err
			}
			stack = append(stack, &Node{on: one})
			continue
		}
		if len(stack) < 2 {
			return nil, fault.Bad("Could not parse the filter query: unbalanced `%s` operands.", t)
		}
		n := len(stack)
		stack = append(stack[:n-2], &Node{operator: t, left: stack[n-2], right: stack[n-1]})
	}
	if len(stack) == 0 {
		return nil, fault.Bad("Filter query cannot be empty.")
	}
	return stack[len(stack)-1], nil
}

func (p parser) condition(s string) (*cond, error) {
	name, raw, ok := strings.Cut(s, ":")
	if i := strings.Index(s, ".{"); i >= 0 && (!ok || i < len(name)) && strings.HasSuffix(s, "}") {
		return p.object(strings.Trim(s[:i], " "), s[i+2:len(s)-1])
	}
	if !ok {
		return nil, fault.Bad("Could not parse the filter query.")
	}
	name, raw = p.prefix+strings.Trim(name, " "), strings.Trim(raw, " ")
	if name == "id" {
		return ids(raw)
	}
	def, ok := p.c.Field(name)
	if !ok {
		if p.o.UnknownFields {
			return &cond{field: name, kind: nothing}, nil
		}
		return nil, fault.Bad("Could not find a filter field named `%s` in the schema.", name)
	}
	c := &cond{field: name, def: def}
	if !def.IsString() && strings.HasPrefix(raw, "=") {
		raw = strings.TrimLeft(raw[1:], " ")
	}
	var err error
	switch {
	case def.IsInteger(), def.IsFloat():
		err = c.parseNumber(raw)
	case def.IsBool():
		err = c.parseBool(raw)
	case def.IsGeo():
		err = c.parsePlace(raw)
	case def.IsString():
		err = c.parseText(raw)
	default:
		err = fault.Bad("Error with filter field `%s`: Unidentified field data type, see docs for supported data types.", name)
	}
	if err == nil && !def.Index {
		err = fault.Bad("Cannot filter on non-indexed field `%s`.", name)
	}
	return c, err
}

// object reads what is between the braces of "seats.{area:=Box && price:<30}".
func (p parser) object(name, inner string) (*cond, error) {
	name = p.prefix + name
	def, ok := p.c.Field(name)
	if !ok && !p.hasBelow(name) {
		if p.o.UnknownFields {
			return &cond{field: name, kind: nothing}, nil
		}
		return nil, fault.Bad("Could not find a filter field named `%s` in the schema.", name)
	}
	tokens, err := lex(inner)
	if err != nil {
		return nil, err
	}
	items, err := postfix(tokens)
	if err != nil {
		return nil, err
	}
	p.prefix = name + "."
	node, err := p.tree(items)
	return &cond{field: name, def: def, kind: byObject, inner: node}, err
}

func (p parser) hasBelow(name string) bool {
	for _, f := range p.c.Fields {
		if strings.HasPrefix(f.Name, name+".") {
			return true
		}
	}
	return false
}

// operator cuts "=" or "!=" and the spaces behind it from raw.
func operator(raw string) (rest string, equal, not bool) {
	switch {
	case strings.HasPrefix(raw, "="):
		return strings.TrimLeft(raw[1:], " "), true, false
	case strings.HasPrefix(raw, "!="):
		return strings.TrimLeft(raw[2:], " "), true, true
	case strings.HasPrefix(raw, "!") && len(raw) >= 2:
		return strings.TrimLeft(raw[1:], " "), false, true
	}
	return raw, false, false
}

// list returns what is between brackets.
func list(raw string) (string, bool) {
	if len(raw) >= 2 && raw[0] == '[' && raw[len(raw)-1] == ']' {
		return raw[1 : len(raw)-1], true
	}
	return "", false
}

func ids(raw string) (*cond, error) {
	c := &cond{field: "id", kind: byID}
	if raw == "*" {
		c.all = true
		return c, nil
	}
	if !strings.HasPrefix(raw, "!") || strings.HasPrefix(raw, "!=") {
		raw, _, c.negate = operator(raw)
	}
	if raw == "" {
		return nil, fault.Bad("Error with filter field `id`: Filter value cannot be empty.")
	}
	if inner, ok := list(raw); ok {
		c.texts = values(inner)
	} else if v := values(raw); len(v) > 0 {
		c.texts = v[:1]
	}
	return c, nil
}

func (c *cond) parseText(raw string) error {
	c.kind = byText
	rest, equal, not := operator(raw)
	c.exact, c.negate = equal, not
	if rest == "" {
		return fault.Bad("Error with filter field `%s`: Filter value cannot be empty.", c.field)
	}
	inner, ok := list(rest)
	if !ok {
		c.texts = []string{rest}
		return nil
	}
	if c.texts = values(inner); len(c.texts) == 0 {
		return fault.Bad("Error with filter field `%s`: Filter value array cannot be empty.", c.field)
	}
	return nil
}

func (c *cond) parseBool(raw string) error {
	c.kind = byNumber
	rest, equal, not := operator(raw)
	if !equal && not {
		rest, not = raw, false
	}
	if rest == "" {
		return fault.Bad("Error with filter field `%s`: Filter value cannot be empty.", c.field)
	}
	texts, message := []string{rest}, "Value of filter field `%s` must be `true` or `false`."
	if inner, ok := list(rest); ok {
		texts, message = split(inner, ","), "Values of filter field `%s`: must be `true` or `false`."
	}
	for _, t := range texts {
		switch t {
		case "true":
			c.ranges = append(c.ranges, span{lo: 1, hi: 1, not: not})
		case "false":
			c.ranges = append(c.ranges, span{lo: 0, hi: 0, not: not})
		default:
			return fault.Bad(message, c.field)
		}
	}
	return nil
}
