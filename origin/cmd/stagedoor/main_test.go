package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// try runs a command in this process, in an environment without variables.
func try(t *testing.T, args ...string) (code int, out, problem string) {
	t.Helper()
	files := make([]*os.File, 2)
	for i := range files {
		f, err := os.CreateTemp(t.TempDir(), "out")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	code = run(t.Context(), args, terminal{files[0], files[1], func(string) (string, bool) { return "", false }})
	text := func(f *os.File) string {
		body, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	return code, text(files[0]), text(files[1])
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	_, list, _ := try(t, "help")
	for _, c := range commands() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, out, problem := try(t, append(strings.Fields(c.name), "-h")...)
			if code != 0 || problem != "" || !strings.Contains(out, "Usage: stagedoor "+c.name) {
				t.Errorf("%d, %q, %q", code, out, problem)
			}
			if _, same, _ := try(t, append([]string{"help"}, strings.Fields(c.name)...)...); same != out {
				t.Error("`help` says something else than -h")
			}
			if !strings.Contains(list, c.name+" ") {
				t.Error("the list of commands lacks it")
			}
			if c.name != "version" && len(c.examples) == 0 {
				t.Error("it has no examples")
			}
			flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
			c.setup(flags)
			flags.VisitAll(func(f *flag.Flag) {
				if f.Usage == "" {
					t.Errorf("--%s is not explained", f.Name)
				}
			})
			for _, e := range c.examples {
				at := strings.Index(e, "stagedoor "+c.name)
				if at < 0 {
					t.Errorf("the example %q is of another command", e)
					continue
				}
				for word := range strings.FieldsSeq(e[at:]) {
					name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
					if strings.HasPrefix(word, "--") && flags.Lookup(name) == nil {
						t.Errorf("the example %q has a flag that does not exist: %s", e, word)
					}
				}
			}
		})
	}
}

func TestWrongUseIsExplained(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, tc := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no such command", []string{"dance"}, 2, `no command "dance"`},
		{"half a command", []string{"maintenance"}, 2, "did you mean maintenance on, maintenance off, maintenance list?"},
		{"misspelt", []string{"redirect", "add"}, 2, "did you mean redirects add"},
		{"no such flag", []string{"seed", "--sede", "7"}, 2, "-sede"},
		{"not a number", []string{"up", "--port", "high"}, 2, "high"},
		{"argument too many", []string{"migrate", "now"}, 2, `unexpected argument "now"`},
		{"argument too few", []string{"redirects", "add", "--site", "lyceum", "/panto"}, 2, "two arguments"},
		{"no site", []string{"maintenance", "on"}, 2, "--site is missing"},
		{"unknown role", []string{"serve", "--role", "king"}, 2, "web, worker or all"},
		{"nothing runs", []string{"audit", "--data", empty}, 1, "make up"},
		{"nothing set", []string{"serve"}, 1, "DATABASE_URL is not set"},
		{"not our folder", []string{"reset", "--data", "."}, 1, "was not made by Stagedoor"},
		{"no house to wait for", []string{"smoke", "--data", empty, "--wait", "0s"}, 1, "make up"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if code, _, problem := try(t, tc.args...); code != tc.code || !strings.Contains(problem, tc.says) {
				t.Errorf("%d, %q", code, problem)
			}
		})
	}
}

func TestResetOfNothingIsDone(t *testing.T) {
	t.Parallel()
	if code, out, problem := try(t, "reset", "--data", filepath.Join(t.TempDir(), "none")); code != 0 || !strings.Contains(out, "is empty") {
		t.Errorf("%d, %q, %q", code, out, problem)
	}
}
