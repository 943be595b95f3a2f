package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// mostBytes bounds a data file.
const mostBytes = 4 << 20

// records reads the records of a file: the elements of the list, or the one object, under key; or (key "") the
// whole file. Fields that no record has are faults, as they are most likely misspelt.
func records[T any](fsys fs.FS, file, key string, f *faults) []T {
	content, err := read(fsys, file)
	if err != nil {
		f.add(file, "", "", err.Error())
		return nil
	}
	raw := []json.RawMessage{content}
	if key != "" {
		var whole map[string]json.RawMessage
		if err := strict(content, &whole); err != nil {
			f.add(file, "", "", err.Error())
			return nil
		}
		for other := range whole {
			if other != key {
				f.add(file, "", other, "is not a field of this file")
			}
		}
		inner := bytes.TrimSpace(whole[key])
		raw = []json.RawMessage{inner}
		if len(inner) == 0 || bytes.Equal(inner, []byte("null")) {
			f.add(file, "", key, "is missing")
			return nil
		}
		if inner[0] == '[' {
			raw = nil
			if err := strict(inner, &raw); err != nil {
				f.add(file, "", key, err.Error())
				return nil
			}
		}
	}
	out := make([]T, 0, len(raw))
	for i, r := range raw {
		var record T
		if err := strict(r, &record); err != nil {
			field, reason := explain(err)
			f.add(file, nameOf(r, key, i), field, reason)
			continue
		}
		out = append(out, record)
	}
	return out
}

func read(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, mostBytes+1))
	if err == nil && len(content) > mostBytes {
		err = fmt.Errorf("is longer than %d bytes", mostBytes)
	}
	return content, err
}

func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("goes on after its end")
	}
	return nil
}

// nameOf is the ID of a record that could not be decoded, or its position.
func nameOf(record json.RawMessage, key string, position int) string {
	var named struct {
		ID any `json:"id"`
	}
	_ = json.Unmarshal(record, &named) // a record at fault may well have no readable ID
	if id, ok := named.ID.(string); ok && id != "" {
		return id
	}
	if key == "" {
		return ""
	}
	return fmt.Sprintf("%s[%d]", key, position)
}

// explain takes the field's name out of what encoding/json says.
func explain(err error) (field, reason string) {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return mistyped.Field, fmt.Sprintf("is a %s, not %s", mistyped.Value, mistyped.Type)
	}
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		return strings.Trim(name, `"`), "is not a known field"
	}
	return "", err.Error()
}
