//go:build unix && !linux

package process

import "syscall"

// Only Linux can signal a child when its parent dies; elsewhere a killed parent leaves its children, and the next
// start ends them by their working directory or pid file.
func attributes(spec Spec) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: spec.Detached, Setpgid: !spec.Detached}
	if spec.As != nil {
		a.Credential = &syscall.Credential{Uid: spec.As.UID, Gid: spec.As.GID}
	}
	return a
}

// lower does nothing: elsewhere a priority is the whole process's.
func lower() bool { return false }

func dispensable(int) {}
