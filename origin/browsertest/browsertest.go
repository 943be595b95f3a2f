// Package browsertest runs tests in Chromium from a Go test: scripts for node's own test runner that drive it with
// Playwright.
package browsertest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is for one script, on a machine that does other things as well. What a script itself waits for it gives up
// long before, so that one that takes longer has a browser that hangs.
const patience = 8 * time.Minute

// Script runs tests of a script of this folder with CHROMIUM and env in its environment, and logs what it printed. Chromium
// has been seen to hang, once in some hundred scripts: a script is then started again, once, so that it must be one that
// can be run twice.
func Script(t *testing.T, file string, env ...string) {
	t.Helper()
	browse(t, 2, []string{"--test", "--test-reporter=spec", file}, env)
}

// Walk is Script for one that leaves its house as it was only when it comes to its end: it is not started again.
func Walk(t *testing.T, file string, env ...string) {
	t.Helper()
	browse(t, 1, []string{"--test", "--test-reporter=spec", file}, env)
}

// Program runs node with a program that is not for its test runner, as Walk does.
func Program(t *testing.T, args []string, env ...string) {
	t.Helper()
	browse(t, 1, args, env)
}

func browse(t *testing.T, tries int, args, env []string) {
	t.Helper()
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "chromium"
	}
	chromium, err := exec.LookPath(chromium)
	if err != nil {
		t.Skip("not tried in a browser: no chromium on PATH (`make setup-test` installs it, or set CHROMIUM to another)")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("not tried in a browser: no node on PATH")
	}
	command := append([]string{node}, args...)
	env = append(append(os.Environ(), "CHROMIUM="+chromium), env...)
	for try := 1; ; try++ {
		printed, hung, err := run(t.Context(), patience, command, env)
		switch {
		case hung && try < tries:
			t.Logf("%s hung for %s and is started again; it had printed\n%s", strings.Join(args, " "), patience, printed)
			continue
		case hung:
			t.Fatalf("%s was not done after %s and was ended; it had printed\n%s", strings.Join(args, " "), patience, printed)
		case strings.Contains(printed, "ERR_MODULE_NOT_FOUND"):
			t.Skip("not tried in a browser: playwright-core and axe-core are not installed (npm ci)")
		case err != nil:
			t.Fatalf("%v\n%s", err, printed)
		}
		t.Logf("\n%s", printed)
		return
	}
}

// run returns what a command printed, and whether it had to be ended after limit, with all it had started.
func run(ctx context.Context, limit time.Duration, command, env []string) (printed string, hung bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = env
	// Chromium is a family of processes. The group is ended, and nobody waits for one that keeps the output open.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return strings.TrimRight(out.String(), "\n"), ctx.Err() == context.DeadlineExceeded, err
}
