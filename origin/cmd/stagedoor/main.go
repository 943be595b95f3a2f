// Command stagedoor is the one binary: it runs the house or a part of it, and does the work of those who keep it.
// Everything here is flags and wiring; what is done, and how, is in the packages.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// terminal is what a command is given of the world.
type terminal struct {
	out, err *os.File
	lookup   func(name string) (string, bool)
}

func main() {
	// The first signal asks the command to end; the next ends it at once. Children end when this process does.
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(130)
	}()
	code := run(ctx, os.Args[1:], terminal{os.Stdout, os.Stderr, os.LookupEnv})
	os.Exit(code)
}

// run finds the command and runs it. The result is the exit status: 0, 1 for a failure, 2 for a wrong use, 130 when it
// was interrupted.
func run(ctx context.Context, args []string, t terminal) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		return help(args, t)
	}
	c, rest := find(args)
	if c == nil {
		fmt.Fprintf(t.err, "stagedoor: there is no command %q%s\nRun `stagedoor help` for a list.\n", args[0], guess(args[0]))
		return 2
	}
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := c.setup(flags)
	switch err := flags.Parse(rest); {
	case errors.Is(err, flag.ErrHelp):
		c.describe(t.out)
		return 0
	case err != nil:
		return misused(t, c, err.Error())
	}
	err := do(ctx, t, flags.Args())
	var wrong usageError
	var refused edgeconfig.Refused
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		return misused(t, c, wrong.Error())
	case errors.Is(err, errQuiet):
		return 1
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return 130
	case errors.As(err, &refused):
		fmt.Fprintf(t.err, "Nothing was changed: %s.\n", refused)
		return 1
	}
	fmt.Fprintf(t.err, "stagedoor %s: %v\n", c.name, err)
	return 1
}

func misused(t terminal, c *command, problem string) int {
	fmt.Fprintf(t.err, "stagedoor %s: %s\nRun `stagedoor %s -h` for help.\n", c.name, problem, c.name)
	return 2
}

// usageError is a wrong use of a command.
type usageError string

func (e usageError) Error() string { return string(e) }

// errQuiet fails a command that has already said why.
var errQuiet = errors.New("said already")
