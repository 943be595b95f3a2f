package process

import (
	"os"
	"path/filepath"
	"strconv"
)

// InDirectory lists the processes, other than this one, whose working directory is dir. It reads /proc: another
// user's processes are seen only by root, and where there is no /proc the list is empty.
func InDirectory(dir string) []int {
	want, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil
	}
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	var pids []int
	for _, link := range links {
		cwd, err := os.Readlink(link)
		if err != nil || cwd != want {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}
