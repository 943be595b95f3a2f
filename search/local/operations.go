package local

import (
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

// metrics answers with the memory that this process uses; what is about the whole
// machine is left at zero.
func (c *call) metrics() error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	out := map[string]any{}
	for name, n := range map[string]uint64{
		"typesense_memory_active_bytes": m.Sys, "typesense_memory_allocated_bytes": m.HeapAlloc,
		"typesense_memory_mapped_bytes": m.Sys, "typesense_memory_metadata_bytes": m.BuckHashSys,
		"typesense_memory_resident_bytes": m.Sys - m.HeapReleased, "typesense_memory_retained_bytes": m.HeapReleased,
		"system_disk_total_bytes": 0, "system_disk_used_bytes": 0, "system_memory_total_bytes": 0,
		"system_memory_used_bytes": 0, "system_memory_total_swap_bytes": 0, "system_memory_used_swap_bytes": 0,
		"system_network_received_bytes": 0, "system_network_sent_bytes": 0,
	} {
		out[name] = strconv.FormatUint(n, 10)
	}
	out["system_cpu_active_percentage"] = "0.00"
	out["typesense_memory_fragmentation_ratio"] = "0.00"
	return c.ok(out)
}
