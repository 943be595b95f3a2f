package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
)

// step is one check besides the tests. do returns what is wrong, "" for nothing.
type step struct {
	name, doing string
	do          func(ctx context.Context, packages []string) string
}

var steps = []step{
	{"gofmt", "Looking for unformatted files", func(ctx context.Context, _ []string) string {
		files, problem := output(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.go")
		if problem != "" {
			return problem
		}
		args := []string{"-l"}
		for name := range strings.SplitSeq(strings.Trim(files, "\x00"), "\x00") {
			if _, err := os.Stat(name); err == nil { // a file deleted and not yet committed is still listed
				args = append(args, name)
			}
		}
		unformatted, problem := output(ctx, "gofmt", args...)
		if problem != "" || unformatted == "" {
			return problem
		}
		return "these files are not formatted; run `make fmt`:\n" + unformatted
	}},
	{"edge.wasm", "Building the edge with TinyGo (a few minutes the first time)", func(ctx context.Context, _ []string) string {
		_, problem := output(ctx, "go", "run", "./infra/tinygo/edgewasm")
		return problem
	}},
	{"go vet", "Vetting (compiles everything the first time)", func(ctx context.Context, packages []string) string {
		_, problem := output(ctx, "go", append([]string{"vet"}, packages...)...)
		return problem
	}},
}

// output runs a command. problem is "" when it succeeded, otherwise all it wrote.
func output(ctx context.Context, name string, args ...string) (stdout, problem string) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out, both bytes.Buffer
	cmd.Stdout = writers{&out, &both}
	cmd.Stderr = &both
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || both.Len() == 0 {
			return "", name + ": " + err.Error() + "\n" + both.String()
		}
		return "", both.String()
	}
	return out.String(), ""
}

// writers is a tee without io.MultiWriter's short-write bookkeeping: buffers never fail.
type writers []*bytes.Buffer

func (w writers) Write(p []byte) (int, error) {
	for _, b := range w {
		b.Write(p)
	}
	return len(p), nil
}
