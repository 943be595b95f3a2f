package facet

import (
	"encoding/json"
	"strings"
)

// Parent is the object of a document that a facet's value is in, nil when there
// is none.
func Parent(doc map[string]any, field, value string, array bool) any {
	path := strings.Split(field, ".")
	levels := []any{doc[path[0]]}
	for _, p := range path[1 : len(path)-1] {
		if o, ok := levels[len(levels)-1].(map[string]any); ok {
			if v, ok := o[p]; ok {
				levels = append(levels, v)
			}
		}
	}
	for i := len(levels) - 1; i > 0; i-- {
		if o, ok := levels[i].(map[string]any); ok && len(o) > 1 {
			return o
		}
	}
	list, ok := levels[0].([]any)
	if !array || !ok {
		return levels[0]
	}
	for _, x := range list {
		if o, ok := x.(map[string]any); ok && text(o[path[len(path)-1]]) == value {
			return o
		}
	}
	return levels[0]
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}
