package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/infra/bench"
	"github.com/stagedoor/stagedoor/infra/tinygo"
)

// Budgets, which the edge must keep on every machine. Times are for people to
// read: `make bench-edge`.
const (
	budgetWasm   = 250_000 // bytes, gzipped
	budgetMemory = 8 << 20 // bytes of one isolate with 10,000 rules
	// Bytes a decision. Natively it is none (edge/engine); under TinyGo the
	// standard library's HMAC copies its state to the heap, for the hop's
	// signature.
	budgetAllocated = 640
)

// The short form: every contestant does what is measured of it, and the edge
// keeps to its budgets.
func TestShortForm(t *testing.T) {
	root, err := tinygo.FindRoot(".")
	if err != nil {
		t.Fatal(err)
	}
	n, err := plan{Lasting: 30_000, say: func(string, ...any) {}}.run(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	bounds := map[string]float64{"wasm_gzip_bytes": budgetWasm, "memory_bytes": budgetMemory, "memory_growth_bytes": 0, "allocated_bytes_per_request": budgetAllocated}
	for key := range n {
		if strings.HasPrefix(key, "allocated_bytes_") {
			bounds[key] = budgetAllocated
		}
	}
	if len(bounds) < 8 {
		t.Errorf("only %d budgets were measured: %v", len(bounds), n)
	}
	for key, most := range bounds {
		if v, measured := n[key]; !measured || v > most {
			t.Errorf("%s is %v (measured: %t), more than %v", key, v, measured, most)
		}
	}
}

func TestNumbersAreSavedFlat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bench", "edge.json")
	if err := (bench.Numbers{"b_rps": 14_321.6, "a_us": 12.34567, "c": 0}).Save(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]float64
	if err := json.Unmarshal(text, &got); err != nil || got["b_rps"] != 14_322 || got["a_us"] != 12.35 || got["c"] != 0 {
		t.Errorf("%v, %s", err, text)
	}
}

func TestTableMarksWhatMissesItsAim(t *testing.T) {
	var out bytes.Buffer
	if err := table(bench.Numbers{"wasm_gzip_bytes": 260_000, "memory_growth_bytes": 0}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"✗ wasm_gzip_bytes", "✓ memory_growth_bytes"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "answered_edge_per_bare") {
		t.Error("what was not measured is there")
	}
}
