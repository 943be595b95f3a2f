package pgtest

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// memory is a folder that is kept in memory, where there is one.
const memory = "/dev/shm"

// What the server may come to need of the memory, and what must be left for everything else, in bytes.
const (
	serverNeeds = 2 << 30
	othersNeed  = 2 << 30
)

// place is the folder that servers' folders go below: the machine's disk in memory where there is one and memory to
// spare, otherwise the temporary folder. A test's database is 774 files that live for a second, and a file system on
// a disk looks through the recently deleted ones whenever it makes a file: that was half of the processor time of tests.
func place() string {
	var disk syscall.Statfs_t
	if syscall.Statfs(memory, &disk) != nil || int64(disk.Type) != 0x01021994 { // TMPFS_MAGIC of statfs(2)
		return os.TempDir()
	}
	if uint64(disk.Bavail)*uint64(disk.Bsize) < serverNeeds || available() < serverNeeds+othersNeed {
		return os.TempDir()
	}
	return memory
}

// available is how much memory can be had without swapping, in bytes; 0 where the kernel does not say.
func available() uint64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(info) {
		var kib uint64
		if n, _ := fmt.Sscanf(string(line), "MemAvailable: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}
