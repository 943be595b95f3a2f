package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// module is cut from package names on the screen.
const module = "github.com/stagedoor/stagedoor/"

// test runs go test and feeds its events to the tally.
func test(ctx context.Context, packages, flags []string, tally *Tally, out *screen) {
	out.status("Listing the packages")
	list, problem := output(ctx, "go", append([]string{"list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}"}, packages...)...)
	if problem != "" {
		tally.fail("go list", problem)
		return
	}
	names := strings.Fields(list)
	if len(names) == 0 {
		tally.fail("go list", "there is nothing to test in "+strings.Join(packages, " "))
		return
	}
	// -count=1: a cached result says nothing about the servers these tests talk to. -p: a package more than there are
	// processors, for there is always one that waits for a server or a browser; with two more browsers were starved.
	args := append([]string{"test", "-json", "-race", "-count=1", "-timeout=30m", "-vet=off", "-p", strconv.Itoa(runtime.NumCPU() + 1)}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, longestFirst(names)...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 30 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		tally.fail("go test", err.Error())
		return
	}
	lines := bufio.NewScanner(stdout)
	lines.Buffer(make([]byte, 64<<10), 16<<20)
	done := 0
	out.progress(0, len(names), "compiling, with the race detector")
	for lines.Scan() {
		var e Event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			stderr.Write(append(lines.Bytes(), '\n')) // go test itself has something to say
			continue
		}
		before := len(tally.Failures)
		ended := tally.Add(e)
		for _, f := range tally.Failures[before:] {
			out.line("✗ %s\n%s", short(f.Name), indent(f.Output))
		}
		if ended != nil {
			done++
			out.packageEnded(done, len(names), *ended)
		} else if e.Action == "run" {
			out.progress(done, len(names), short(e.Package)+" "+e.Test)
		}
	}
	if err := lines.Err(); err != nil {
		tally.fail("go test", "read its output: "+err.Error())
	}
	if err := cmd.Wait(); err != nil && len(tally.Failures) == 0 {
		tally.fail("go test", err.Error()+"\n"+stderr.String())
	}
}

func short(name string) string { return strings.TrimPrefix(name, module) }
