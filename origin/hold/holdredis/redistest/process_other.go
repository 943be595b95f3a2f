//go:build !linux

package redistest

import "syscall"

// dieWithParent can't be asked for here: a test binary that is killed leaves its server behind.
func dieWithParent() *syscall.SysProcAttr { return nil }
