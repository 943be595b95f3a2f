//go:build !linux

package bench

import "time"

func RuntimeOf(int) int { return 0 }

func ProcessorTime(int) (time.Duration, bool) { return 0, false }
