package local

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// machine reads how busy the machine is, where the system tells it under /proc;
// elsewhere its figures are zero.
type machine struct {
	mu         sync.Mutex
	busy, idle uint64 // at the last look, in ticks of the clock
}

// figures are about the whole machine. dir is where the data are.
func (m *machine) figures(dir string) map[string]uint64 {
	out := map[string]uint64{}
	var disk syscall.Statfs_t
	if syscall.Statfs(dir, &disk) == nil {
		size := uint64(disk.Bsize)
		out["system_disk_total_bytes"] = disk.Blocks * size
		out["system_disk_used_bytes"] = (disk.Blocks - disk.Bfree) * size
	}
	memory := map[string]uint64{}
	eachLine("/proc/meminfo", func(words []string) {
		if len(words) > 1 {
			memory[words[0]] = number(words[1]) << 10
		}
	})
	out["system_memory_total_bytes"] = memory["MemTotal:"]
	out["system_memory_used_bytes"] = memory["MemTotal:"] - memory["MemAvailable:"]
	out["system_memory_total_swap_bytes"] = memory["SwapTotal:"]
	out["system_memory_used_swap_bytes"] = memory["SwapTotal:"] - memory["SwapFree:"]
	var received, sent uint64
	eachLine("/proc/net/dev", func(words []string) {
		if len(words) > 9 && strings.HasSuffix(words[0], ":") && words[0] != "lo:" {
			received += number(words[1])
			sent += number(words[9])
		}
	})
	out["system_network_received_bytes"], out["system_network_sent_bytes"] = received, sent
	return out
}

// active is how much of the processors' time since the last call was spent on
// anything, in percent.
func (m *machine) active() float64 {
	var busy, idle uint64
	eachLine("/proc/stat", func(words []string) {
		if len(words) < 9 || words[0] != "cpu" {
			return
		}
		for i, w := range words[1:9] {
			if i == 3 || i == 4 { // idle, and waiting for a disk
				idle += number(w)
			} else {
				busy += number(w)
			}
		}
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	before, paused := m.busy, m.idle
	m.busy, m.idle = busy, idle
	if busy < before || idle < paused || busy+idle == before+paused { // waiting for disks can be taken back
		return 0
	}
	worked, rested := busy-before, idle-paused
	return 100 * float64(worked) / float64(worked+rested)
}

// eachLine calls yield with the words of every line of a file, if it is there.
func eachLine(path string, yield func(words []string)) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		yield(strings.Fields(in.Text()))
	}
}

func number(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64)
	return n
}
