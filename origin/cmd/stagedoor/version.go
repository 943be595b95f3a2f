package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

func versionCommand() *command {
	return &command{
		name: "version", about: "say which build this is",
		setup: func(*flag.FlagSet) action {
			return func(_ context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				fmt.Fprintf(t.out, "stagedoor %s, %s, %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
				return nil
			}
		},
	}
}

// commit and changed are what infra/setup/compile.sh knows: the revision, and "yes" when files differ from it. A plain
// `go build` leaves them empty, and what Go itself read from the repository counts.
var commit, changed string

// version is the commit this was built from, with a + when files had been changed.
func version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(commit, changed == "yes", info)
}

func versionOf(revision string, modified bool, info *debug.BuildInfo) string {
	if info != nil && revision == "" {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value
			case "vcs.modified":
				modified = s.Value == "true"
			}
		}
	}
	if revision == "" {
		return "unversioned"
	}
	revision = revision[:min(12, len(revision))]
	if modified {
		return revision + "+"
	}
	return revision
}
