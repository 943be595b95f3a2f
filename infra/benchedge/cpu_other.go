//go:build !linux

package main

import "time"

func runtimeOf(int) int { return 0 }

func processorTime(int) (time.Duration, bool) { return 0, false }
