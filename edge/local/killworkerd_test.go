package local_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killWorkerd ends workerd as a crash of the machine would, and waits until
// nothing of the edge is left.
func (s *stage) killWorkerd(t *testing.T) {
	t.Helper()
	killed := 0
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		t.Fatal("processes are listed in /proc, which is not there", err)
	}
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), "(")
		name, rest, _ := strings.Cut(rest, ") ")
		fields := strings.Fields(rest)
		if name != "workerd" || len(fields) < 2 || fields[1] != strconv.Itoa(s.edge.PID()) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		killed++
	}
	if killed == 0 {
		t.Fatal("no workerd was found")
	}
	select {
	case <-s.edge.Done():
	case <-time.After(patience):
		t.Fatal("nobody noticed")
	}
}
