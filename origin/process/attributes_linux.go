package process

import (
	"os"
	"strconv"
	"syscall"
)

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

// lower gives this thread the least priority. On Linux priorities are threads', and inherited.
func lower() bool { return syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19) == nil }

// dispensable has the kernel end a process before others when memory runs out. Where it cannot be said, nothing is lost.
func dispensable(pid int) {
	_ = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", []byte("1000"), 0)
}
