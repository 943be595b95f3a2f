package sandbox

import (
	"testing"
	"time"
)

func TestBackoffGrowsToAMinuteAndEndsAfterThreeDays(t *testing.T) {
	var total time.Duration
	n := 1
	for ; ; n++ {
		wait, more := backoff(n)
		if !more {
			break
		}
		if previous, _ := backoff(max(n-1, 1)); wait < previous || wait < time.Second || wait > time.Minute {
			t.Fatalf("attempt %d waits %s after %s", n, wait, previous)
		}
		total += wait
	}
	if days := total.Hours() / 24; days < 2.9 || days > 3.1 {
		t.Errorf("goes on for %.1f days", days)
	}
}
