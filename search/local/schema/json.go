package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Raw is a value that is JSON already, as Encode writes it.
type Raw []byte

// Decode reads JSON keeping numbers as they are written.
func Decode(b []byte, into any) error {
	switch into := into.(type) {
	case *any:
		if v, ok := parse(b); ok {
			*into = v
			return nil
		}
	case *map[string]any:
		if v, ok := parse(b); ok {
			if o, ok := v.(map[string]any); ok {
				*into = o
				return nil
			}
		}
	}
	// This also says what is wrong where that is so.
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errTrailing
	}
	return nil
}

// Encode writes JSON on one line, with the keys of objects sorted.
func Encode(v any) ([]byte, error) { return AppendJSON(make([]byte, 0, 512), v) }

// AppendJSON appends to b what Encode returns.
func AppendJSON(b []byte, v any) ([]byte, error) {
	w := writer{out: b}
	if err := w.value(v); err != nil {
		return nil, fmt.Errorf("encode JSON: %w", err)
	}
	return w.out, nil
}
