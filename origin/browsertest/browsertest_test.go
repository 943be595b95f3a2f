package browsertest

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRunTellsAHangFromAFailure(t *testing.T) {
	for _, c := range []struct {
		name, script string
		hung, failed bool
	}{
		{"done", "echo done", false, false},
		{"failed", "echo done; exit 3", false, true},
		{"hung", "echo done; sleep 600", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			limit := 2 * time.Minute
			if c.hung {
				limit = 5 * time.Second
			}
			printed, hung, err := run(t.Context(), limit, []string{"sh", "-c", c.script}, os.Environ())
			if printed != "done" || hung != c.hung || (err != nil) != c.failed {
				t.Errorf("printed %q, hung %v, %v", printed, hung, err)
			}
		})
	}
}

func TestRunEndsTheWholeFamily(t *testing.T) {
	t.Parallel()
	printed, hung, _ := run(t.Context(), 5*time.Second, []string{"sh", "-c", "sleep 600 & echo $!; wait"}, os.Environ())
	child, err := strconv.Atoi(strings.TrimSpace(printed))
	if !hung || err != nil {
		t.Fatalf("printed %q, hung %v, %v", printed, hung, err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		// An orphan that was ended stays until init asks for it, as a zombie.
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(child) + "/stat")
		if errors.Is(syscall.Kill(child, 0), syscall.ESRCH) || err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d still runs: %s", child, stat)
		}
	}
}
