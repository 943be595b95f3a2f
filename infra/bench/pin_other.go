//go:build !linux

package bench

import (
	"context"
	"os/exec"
)

func Pinned(ctx context.Context, _ int, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, name, args...)
}

func Pin(int) error { return nil }

func CanPin(int) bool { return false }
