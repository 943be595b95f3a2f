package bench

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"unsafe"
)

// Pinned is a command that runs on one processor, -1 for any.
func Pinned(ctx context.Context, cpu int, name string, args ...string) *exec.Cmd {
	if cpu < 0 {
		return exec.CommandContext(ctx, name, args...)
	}
	return exec.CommandContext(ctx, "taskset", append([]string{"-c", strconv.Itoa(cpu), name}, args...)...)
}

// Pin keeps this process on one processor; threads made later inherit it.
func Pin(cpu int) error {
	var set [16]uint64
	set[cpu/64] |= 1 << (cpu % 64)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			return err
		}
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(id), unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set))); errno != 0 {
			return errno
		}
	}
	return nil
}

// CanPin says whether there are processors to tell apart, and a way to.
func CanPin(processors int) bool {
	_, err := exec.LookPath("taskset")
	return processors >= 2 && err == nil
}
