package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

// command is one thing the binary can do.
type command struct {
	name     string // "maintenance on"
	args     string // after the flags: "FILE"
	about    string // a line
	more     string // what else to know
	examples []string
	// setup declares the flags and returns what to do with them and with the arguments that follow them.
	setup func(flags *flag.FlagSet) action
}

type action func(ctx context.Context, t terminal, args []string) error

// commands lists them in the order in which help does.
func commands() []*command {
	return []*command{
		upCommand(), resetCommand(), smokeCommand(),
		serveCommand(), migrateCommand(), seedCommand(), publishCommand(), auditCommand(),
		searchPlanCommand(), searchApplyCommand(), searchStatusCommand(), searchRollbackCommand(), searchDropCommand(), searchRebuildCommand(),
		searchFillCommand(), searchServeCommand(),
		maintenanceOnCommand(), maintenanceOffCommand(), maintenanceListCommand(),
		redirectsAddCommand(), redirectsRemoveCommand(), redirectsListCommand(),
		applePaySetCommand(), applePayRemoveCommand(), cachePurgeCommand(),
		roomCreateCommand(), roomListCommand(), roomShowCommand(), roomSetCommand(), roomPauseCommand(), roomResumeCommand(),
		roomDrainCommand(), roomRevokeCommand(), roomDeleteCommand(),
		roomSimulateCommand(), roomCompareCommand(), roomRehearseCommand(), roomVerifyCommand(),
		promoCreateCommand(), promoListCommand(), promoPauseCommand(), promoResumeCommand(),
		paymentDomainsCommand(),
		eventsStatusCommand(), eventsReplayCommand(),
		explainCommand(), versionCommand(),
	}
}

// find returns the command that args begin with, the longest name first, and what follows it.
func find(args []string) (*command, []string) {
	for _, words := range []int{2, 1} {
		if len(args) < words {
			continue
		}
		name := strings.Join(args[:words], " ")
		for _, c := range commands() {
			if c.name == name {
				return c, args[words:]
			}
		}
	}
	return nil, nil
}

// guess names commands that begin like what was typed.
func guess(word string) string {
	var like []string
	for _, c := range commands() {
		if first, _, _ := strings.Cut(c.name, " "); first == word || len(word) > 2 && strings.HasPrefix(first, word[:3]) {
			like = append(like, c.name)
		}
	}
	if len(like) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(like, ", ") + "?"
}

func help(args []string, t terminal) int {
	if len(args) > 1 {
		if c, _ := find(args[1:]); c != nil {
			c.describe(t.out)
			return 0
		}
		fmt.Fprintf(t.err, "stagedoor: there is no command %q%s\n", strings.Join(args[1:], " "), guess(args[1]))
		return 2
	}
	fmt.Fprint(t.out, "Stagedoor sells theatre tickets for a group of theatres.\n\nUsage: stagedoor COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(t.out, "  %-18s %s\n", c.name, c.about)
	}
	fmt.Fprint(t.out, "\n`stagedoor COMMAND -h` says more about one of them.\n")
	return 0
}

func (c *command) describe(w io.Writer) {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.setup(flags)
	usage := "stagedoor " + c.name
	listed := false
	flags.VisitAll(func(*flag.Flag) { listed = true })
	if listed {
		usage += " [flags]"
	}
	if c.args != "" {
		usage += " " + c.args
	}
	fmt.Fprintf(w, "%s.\n\nUsage: %s\n", strings.ToUpper(c.about[:1])+c.about[1:], usage)
	if c.more != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(c.more))
	}
	if listed {
		var list strings.Builder
		flags.SetOutput(&list)
		flags.PrintDefaults()
		fmt.Fprintln(w, "\nFlags:")
		// One dash or two, Go takes either; people know two.
		fmt.Fprint(w, strings.ReplaceAll("\n"+list.String(), "\n  -", "\n  --")[1:])
	}
	if len(c.examples) > 0 {
		fmt.Fprintln(w, "\nExamples:")
		for _, e := range c.examples {
			fmt.Fprintln(w, "  "+e)
		}
	}
}

// none refuses arguments where none belong.
func none(args []string) error {
	if len(args) > 0 {
		return usageError(fmt.Sprintf("unexpected argument %q", args[0]))
	}
	return nil
}
