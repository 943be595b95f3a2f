// Package filter reads filter_by expressions and finds the documents that pass
// them.
package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/search/local/fault"
)

const (
	and   = "&&"
	or    = "||"
	open  = "("
	close = ")"
)

// lex splits an expression into operators, parentheses and conditions
// ("genre:=Opera"). What stands between backticks, in the parentheses of a
// geographic value or in braces belongs to its condition.
func lex(s string) ([]string, error) {
	var out []string
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ':
			i++
		case c == '(' || c == ')':
			out = append(out, string(c))
			i++
		case c == '&' || c == '|':
			if i+1 >= len(s) || s[i+1] != c {
				return nil, fault.Bad("Could not parse the filter query.")
			}
			out = append(out, s[i:i+2])
			i += 2
		default:
			n, err := condition(s[i:])
			if err != nil {
				return nil, err
			}
			out = append(out, strings.Trim(s[i:i+n], " "))
			i += n
		}
	}
	return out, nil
}

// condition is the length of the condition at the beginning of s.
func condition(s string) (int, error) {
	quoted, afterColon, geo := false, false, byte(0) // geo is what ends the value
	braces, brackets := 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if i > 0 && !quoted && geo == 0 && braces == 0 && ends(s, i) {
			if !(afterColon && c == '(') {
				return i, nil
			}
		}
		switch {
		case c == '`':
			quoted = !quoted
		case quoted:
			continue
		case c == '{':
			braces++
		case c == '}':
			braces--
		case c == '(' && afterColon:
			geo = ')'
		case c == '[' && afterColon && strings.HasPrefix(strings.TrimLeft(s[i+1:], " "), "("):
			geo, brackets = ']', 1
		case c == '[' && geo == ']':
			brackets++
		case c == ']' && geo == ']':
			if brackets--; brackets == 0 {
				geo = 0
			}
		case c == geo:
			geo = 0
		}
		if c == ':' {
			afterColon = true
		} else if c != ' ' {
			afterColon = false
		}
	}
	if braces > 0 {
		return 0, fault.Bad("Could not parse the object filter: unbalanced curly braces.")
	}
	return len(s), nil
}

func ends(s string, i int) bool {
	switch s[i] {
	case '(', ')':
		return true
	case '&', '|':
		return i+1 < len(s) && s[i+1] == s[i]
	}
	return false
}

// postfix puts operators behind their operands. Both operators bind alike, from
// the left.
func postfix(tokens []string) ([]string, error) {
	var out, stack []string
	pop := func() string {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		return top
	}
	unbalanced := fault.Bad("Could not parse the filter query: unbalanced parentheses.")
	for _, t := range tokens {
		switch t {
		case and, or:
			for len(stack) > 0 && stack[len(stack)-1] != open {
				out = append(out, pop())
			}
			stack = append(stack, t)
		case open:
			stack = append(stack, t)
		case close:
			for len(stack) > 0 && stack[len(stack)-1] != open {
				out = append(out, pop())
			}
			if len(stack) == 0 {
				return nil, unbalanced
			}
			pop()
		default:
			out = append(out, t)
		}
	}
	for len(stack) > 0 {
		t := pop()
		if t == open {
			return nil, unbalanced
		}
		out = append(out, t)
	}
	return out, nil
}

// values splits a list at its commas; between backticks a comma is a letter.
func values(s string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '`' && i > 0 && s[i-1] == '\\':
			b.WriteByte(c)
		case c == '`':
			quoted = !quoted || b.Len() == 0
		case c == ',' && !quoted:
			out = append(out, strings.Trim(b.String(), " "))
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	if b.Len() > 0 {
		out = append(out, strings.Trim(b.String(), " "))
	}
	return out
}

// split splits at a separator, trims spaces and drops what is empty.
func split(s, separator string) []string {
	var out []string
	for _, p := range strings.Split(s, separator) {
		if p = strings.Trim(p, " "); p != "" {
			out = append(out, p)
		}
	}
	return out
}
