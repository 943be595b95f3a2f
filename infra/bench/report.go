// Package bench is what the benchmarks of the edge share: a load that keeps
// connections busy, processors to pin it and workerd to, and how numbers are
// written and held against what is aimed for.
package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Numbers are what was measured, by name; the names say the units.
type Numbers map[string]float64

// Save writes them as one flat object, in the order of their names.
func (n Numbers) Save(path string) error {
	rounded := Numbers{}
	for key, v := range n {
		rounded[key] = Round(v)
	}
	text, err := json.MarshalIndent(rounded, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// Round keeps four digits of what is small; bytes and counts stay whole.
func Round(v float64) float64 {
	if v == 0 || math.Abs(v) >= 1000 {
		return math.Round(v)
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

// Aim is what a number should be.
type Aim struct {
	Key   string
	Side  string
	Bound float64
}

// Sides of an Aim.
const (
	AtLeast = ">="
	AtMost  = "<="
)

// Met says whether it is.
func (a Aim) Met(v float64) bool {
	if a.Side == AtLeast {
		return v >= a.Bound
	}
	return v <= a.Bound
}

// Aims writes the numbers that have one, and whether it is met.
func (n Numbers) Aims(b *strings.Builder, aims []Aim) {
	for _, a := range aims {
		v, measured := n[a.Key]
		if !measured {
			continue
		}
		mark := "✓"
		if !a.Met(v) {
			mark = "✗"
		}
		fmt.Fprintf(b, "%s %-32s %12v   aim %s %v\n", mark, a.Key, Round(v), a.Side, a.Bound)
	}
}

// Progress prints one line that replaces itself; in a file or a pipe a line at most every ten seconds.
func Progress(w io.Writer) func(string, ...any) {
	var once sync.Mutex
	var told time.Time
	file, _ := w.(*os.File)
	terminal := false
	if file != nil {
		info, err := file.Stat()
		terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return func(format string, args ...any) {
		once.Lock()
		defer once.Unlock()
		switch {
		case terminal:
			fmt.Fprintf(w, "\r\x1b[K%s", fmt.Sprintf(format, args...))
		case time.Since(told) > 10*time.Second:
			told = time.Now()
			fmt.Fprintf(w, format+"\n", args...)
		}
	}
}

// Keys are the names of the numbers, in order.
func (n Numbers) Keys() []string { return slices.Sorted(maps.Keys(n)) }
