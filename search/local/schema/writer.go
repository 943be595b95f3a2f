package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"unicode/utf8"
)

// writer writes JSON.
type writer struct {
	out  []byte
	keys []string // free memory
}

var errNumber = errors.New("not a JSON number")

func (w *writer) value(v any) error {
	switch v := v.(type) {
	case nil:
		w.out = append(w.out, "null"...)
	case bool:
		w.out = strconv.AppendBool(w.out, v)
	case string:
		w.text(v)
	case json.Number:
		if !(&reader{s: string(v)}).wholeNumber() {
			return errNumber
		}
		w.out = append(w.out, v...)
	case int:
		w.out = strconv.AppendInt(w.out, int64(v), 10)
	case int64:
		w.out = strconv.AppendInt(w.out, v, 10)
	case Raw:
		w.out = append(w.out, v...)
	case map[string]any:
		return object(w, v)
	case map[string]int64:
		return object(w, v)
	case []any:
		return array(w, v)
	case []string:
		return array(w, v)
	default:
		return w.other(v)
	}
	return nil
}

func (r *reader) wholeNumber() bool {
	if c := r.peek(); c != '-' && (c < '0' || c > '9') {
		return false
	}
	_, ok := r.number()
	return ok && r.at == len(r.s)
}

// other leaves a value to package encoding/json.
func (w *writer) other(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	w.out = append(w.out, bytes.TrimRight(b.Bytes(), "\n")...)
	return nil
}

func object[V any](w *writer, m map[string]V) error {
	if m == nil {
		w.out = append(w.out, "null"...)
		return nil
	}
	start := len(w.keys)
	for k := range m {
		w.keys = append(w.keys, k)
	}
	end := len(w.keys)
	slices.Sort(w.keys[start:end])
	w.out = append(w.out, '{')
	for i := start; i < end; i++ {
		if i > start {
			w.out = append(w.out, ',')
		}
		key := w.keys[i]
		w.text(key)
		w.out = append(w.out, ':')
		if err := w.value(m[key]); err != nil {
			return err
		}
	}
	w.keys = w.keys[:start]
	w.out = append(w.out, '}')
	return nil
}

func array[V any](w *writer, list []V) error {
	if list == nil {
		w.out = append(w.out, "null"...)
		return nil
	}
	w.out = append(w.out, '[')
	for i, v := range list {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.value(v); err != nil {
			return err
		}
	}
	w.out = append(w.out, ']')
	return nil
}

const hex = "0123456789abcdef"

func (w *writer) text(s string) {
	w.out = append(w.out, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				w.out = append(append(w.out, s[start:i]...), `\ufffd`...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		w.out = append(w.out, s[start:i]...)
		switch c {
		case '"', '\\':
			w.out = append(w.out, '\\', c)
		case '\n':
			w.out = append(w.out, '\\', 'n')
		case '\r':
			w.out = append(w.out, '\\', 'r')
		case '\t':
			w.out = append(w.out, '\\', 't')
		default:
			w.out = append(w.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	w.out = append(append(w.out, s[start:]...), '"')
}
