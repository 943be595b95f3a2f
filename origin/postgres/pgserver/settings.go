package pgserver

import (
	"maps"
	"slices"
	"strconv"
)

// Fast trades safety for speed: data does not survive the machine's fall. For tests.
var fast = map[string]string{
	"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal",
	"max_wal_senders": "0", "autovacuum": "off", "max_connections": "400",
	"max_wal_size": "512MB", // its folder may be in memory
}

// Fast returns settings for tests: nothing is forced to disk, and no vacuum holds a template database open.
func Fast() map[string]string { return maps.Clone(fast) }

func (c Config) arguments(dir string) []string {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(c.Port),
		"unix_socket_directories": "",
		"max_connections":         "200",
		"shared_buffers":          "128MB",
		"max_wal_size":            "2GB", // a checkpoint every few seconds, on a busy morning, writes every page in full again
		"jit":                     "off", // costs more than it gains on short statements
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"logging_collector":       "off",
		"log_min_messages":        "warning",
		"log_line_prefix":         "%m [%p] ",
		"deadlock_timeout":        "1s",
	}
	maps.Copy(settings, c.Settings)
	args := []string{"-D", dir}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}
