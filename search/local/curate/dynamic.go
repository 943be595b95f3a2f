package curate

import (
	"slices"
	"strings"
)

// resolve matches the rule "a {field} b" with the words of a query. It returns
// the filter with the values in place of the fields, and the words that are
// values.
func (o *Override) resolve(words []string, whole func(field string, words []string) bool) (filter string, absorbed []string, ok bool) {
	exact := o.Rule.Match == "exact"
	values := map[string][]string{}
	rule := o.words
	for len(rule) > 0 {
		if !placeholder(rule[0]) {
			skip := slices.Index(words, rule[0])
			if skip < 0 || exact && skip > 0 {
				return "", nil, false
			}
			words, rule = words[skip+1:], rule[1:]
			continue
		}
		var fields []string
		for len(rule) > 0 && placeholder(rule[0]) {
			fields = append(fields, strings.Trim(rule[0], "{}"))
			rule = rule[1:]
		}
		end := len(words)
		if len(rule) > 0 {
			if i := slices.Index(words, rule[0]); i >= 0 {
				end = i
			}
		}
		between := words[:end]
		words = words[end:]
		for i, field := range fields {
			var value []string
			if value, between, ok = absorb(field, between, i == 0, whole); !ok {
				return "", nil, false
			}
			values[field] = value
			absorbed = append(absorbed, value...)
		}
	}
	if len(values) == 0 || exact && len(words) > 0 {
		return "", nil, false
	}
	filter = o.FilterBy
	for field, value := range values {
		filter = strings.ReplaceAll(filter, "{"+field+"}", strings.Join(value, " "))
	}
	return filter, absorbed, true
}

func placeholder(word string) bool {
	return strings.HasPrefix(word, "{") && strings.HasSuffix(word, "}")
}

// absorb finds the longest run of words that is a value of a field; unless slide,
// it must be at the beginning. rest are the words after the beginning of the run
// that are not part of it.
func absorb(field string, words []string, slide bool, whole func(field string, words []string) bool) (value, rest []string, ok bool) {
	for size := len(words); size > 0; size-- {
		for from := 0; from+size <= len(words); from++ {
			window := words[from : from+size]
			if whole(field, window) {
				for _, w := range words[from:] {
					if slices.Contains(window, w) {
						value = append(value, w)
					} else {
						rest = append(rest, w)
					}
				}
				return value, rest, true
			}
			if !slide {
				break
			}
		}
	}
	return nil, nil, false
}
