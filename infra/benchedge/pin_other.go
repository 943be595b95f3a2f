//go:build !linux

package main

import (
	"context"
	"os/exec"
)

func pinned(ctx context.Context, _ int, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, name, args...)
}

func pin(int) error { return nil }

func canPin(int) bool { return false }
