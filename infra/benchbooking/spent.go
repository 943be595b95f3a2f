package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// spent is the processor time that the three programs of a sale have used.
type spent struct{ origin, postgres, redis time.Duration }

// spending looks it up. Where the system has no /proc, what it can't tell is zero.
func (t *till) spending() spent {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	s := spent{origin: time.Duration(used.Utime.Nano() + used.Stime.Nano())}
	text, _ := os.ReadFile(filepath.Join(t.dir, "data", "postmaster.pid"))
	postmaster, _, _ := strings.Cut(string(text), "\n")
	s.postgres = processorTime(postmaster)
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		pid := filepath.Base(filepath.Dir(path))
		if fields := statOf(pid); len(fields) > 1 && fields[1] == postmaster {
			s.postgres += processorTime(pid)
		}
	}
	s.redis = processorTime(t.house.redisPID())
	return s
}

func (s spent) since(before spent) spent {
	return spent{s.origin - before.origin, s.postgres - before.postgres, s.redis - before.redis}
}

func (s spent) plus(more spent) spent {
	return spent{s.origin + more.origin, s.postgres + more.postgres, s.redis + more.redis}
}

// tick is the unit of /proc/*/stat: a hundredth of a second on every Linux there is.
const tick = 10 * time.Millisecond

// processorTime is what a process has used so far, what it has waited for of children that ended included.
func processorTime(pid string) time.Duration {
	fields := statOf(pid)
	if len(fields) < 15 {
		return 0
	}
	var sum time.Duration
	for _, field := range fields[11:13] { // utime and stime
		ticks, _ := strconv.ParseInt(field, 10, 64)
		sum += time.Duration(ticks) * tick
	}
	return sum
}

// statOf are the fields of /proc/pid/stat after the name: state, parent, and so on.
func statOf(pid string) []string {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return nil
	}
	line := string(text)
	return strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
}

// redisPID asks the server.
func (h *house) redisPID() string {
	text, err := h.client.Info(context.Background(), "server").Result()
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(text, "process_id:")
	pid, _, _ := strings.Cut(rest, "\r\n")
	return pid
}

// each is a share of d in milliseconds.
func each(d time.Duration, count float64) float64 { return 1000 * d.Seconds() / count }
