package local_test

import (
	"os/exec"
	"testing"
)

// How long pools are down, and who may try them, by a clock that stands still
// between the lines of health_check.mjs.
func TestPoolMemory(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "node", "health_check.mjs").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
