package sim

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

//go:embed scenarios/*.json
var files embed.FS

// Shipped lists the scenarios that come with Stagedoor, by name.
func Shipped() ([]Scenario, error) {
	names, err := fs.Glob(files, "scenarios/*.json")
	if err != nil {
		return nil, err
	}
	var all []Scenario
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, err := Read(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if s.Name != strings.TrimSuffix(path.Base(name), ".json") {
			return nil, fmt.Errorf("%s: the scenario calls itself %q", name, s.Name)
		}
		all = append(all, s)
	}
	return all, nil
}

// Read reads a scenario as JSON and checks it. A field it does not know is an
// error: a misspelt one would quietly change the experiment.
func Read(r io.Reader) (Scenario, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	var s Scenario
	if err := decoder.Decode(&s); err != nil {
		return Scenario{}, fmt.Errorf("scenario: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Scenario{}, errors.New("scenario: something follows the JSON object")
	}
	return s, s.Check()
}
