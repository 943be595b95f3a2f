package pgtest

import (
	"fmt"
	"os/exec"
	"strconv"

	"github.com/stagedoor/stagedoor/origin/process"
)

// watchScript ends the server when users.lock is free, that is when no test binary uses it. It runs on its own because
// the test binary that started the server may be the first to end. The data goes with it: it may be in memory. Arguments: home, data folder, the server's pid.
const watchScript = `
while sleep 15; do
	[ "$(head -n 1 "$2/postmaster.pid" 2>/dev/null)" = "$3" ] || exit 0
	sleep 15
	(
		flock -n -x 9 || exit 1
		[ "$(head -n 1 "$2/postmaster.pid" 2>/dev/null)" = "$3" ] || exit 0
		rm -f "$1/server.json"
		kill -INT "$3"
		n=0
		while [ -e "$2/postmaster.pid" ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
		[ -e "$2/postmaster.pid" ] || rm -rf "$2"
	) 9>"$1/users.lock" && exit 0
done`

func watch(home, data string, pid int) error {
	for _, tool := range []string{"sh", "flock", "head"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("needs %s to stop the test server when it is no longer used: %w", tool, err)
		}
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		return err
	}
	_, err = process.Start(process.Spec{Path: sh, Args: []string{"-c", watchScript, "watch", home, data, strconv.Itoa(pid)}, Dir: "/", Detached: true})
	return err
}
