package process

import "syscall"

func attributes(spec Spec) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{}
	if spec.Detached {
		a.Setsid = true
	} else {
		a.Setpgid = true
		a.Pdeathsig = spec.OnDeath
		if a.Pdeathsig == 0 {
			a.Pdeathsig = syscall.SIGKILL
		}
	}
	if spec.As != nil {
		a.Credential = &syscall.Credential{Uid: spec.As.UID, Gid: spec.As.GID}
	}
	return a
}
