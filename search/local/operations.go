package local

import (
	"maps"
	"runtime"
	"strconv"
)

// version is the Typesense release whose API is spoken.
const version = "29.0"

func (c *call) health() error { return c.ok(map[string]any{"ok": true}) }

func (c *call) debug() error { return c.ok(map[string]any{"state": 1, "version": version}) }

func (c *call) schemaChanges() error { return c.ok([]any{}) } // a change is done when its request is

func (c *call) clearCache() error { return c.ok(map[string]any{"success": true}) } // there is no cache

// stats answers with how many requests there were lately and how long they took.
func (c *call) stats() error { return c.ok(c.s.traffic.report(c.s.now())) }

// metrics answers with the memory that this process uses and how busy the machine
// is.
func (c *call) metrics() error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	out := map[string]any{}
	figures := c.s.machine.figures(c.s.folder.Path())
	maps.Copy(figures, map[string]uint64{
		"typesense_memory_active_bytes": m.Sys, "typesense_memory_allocated_bytes": m.HeapAlloc,
		"typesense_memory_mapped_bytes": m.Sys, "typesense_memory_metadata_bytes": m.BuckHashSys,
		"typesense_memory_resident_bytes": m.Sys - m.HeapReleased, "typesense_memory_retained_bytes": m.HeapReleased,
	})
	for _, name := range figureNames {
		out[name] = strconv.FormatUint(figures[name], 10)
	}
	fragments := 0.0
	if m.HeapInuse > 0 {
		fragments = 1 - float64(m.HeapAlloc)/float64(m.HeapInuse)
	}
	out["system_cpu_active_percentage"] = strconv.FormatFloat(c.s.machine.active(), 'f', 2, 64)
	out["typesense_memory_fragmentation_ratio"] = strconv.FormatFloat(fragments, 'f', 2, 64)
	return c.ok(out)
}

// figureNames are the whole numbers of metrics.json; they are there whether the
// system tells them or not.
var figureNames = []string{
	"system_disk_total_bytes", "system_disk_used_bytes", "system_memory_total_bytes", "system_memory_used_bytes",
	"system_memory_total_swap_bytes", "system_memory_used_swap_bytes", "system_network_received_bytes", "system_network_sent_bytes",
	"typesense_memory_active_bytes", "typesense_memory_allocated_bytes", "typesense_memory_mapped_bytes",
	"typesense_memory_metadata_bytes", "typesense_memory_resident_bytes", "typesense_memory_retained_bytes",
}
