package main

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

func roomSimulateCommand() *command {
	return &command{
		name: "room simulate", args: "[SCENARIO]", about: "replay an on-sale in virtual time on the waiting room's own queue",
		more: "SCENARIO is the name of one that is shipped or a JSON file; without it the shipped ones are listed. Nothing is contacted\nand nothing is left behind. The same scenario and seed give the same result.",
		examples: []string{
			"stagedoor room simulate", "stagedoor room simulate burst", "stagedoor room simulate --seed 7 --json on-sale",
			"stagedoor room simulate --rivals --html burst.html burst",
		},
		setup: func(flags *flag.FlagSet) action {
			var how simulation
			flags.Uint64Var(&how.seed, "seed", 0, "draw other visitors; 0 keeps the scenario's own `seed`")
			flags.BoolVar(&how.json, "json", false, "write the result, with its course minute by minute, as JSON")
			flags.BoolVar(&how.stream, "stream", false, "write the course as it happens, a line of JSON a virtual minute and the result last")
			flags.BoolVar(&how.rivals, "rivals", false, "send the same visitors to models of other waiting rooms, and compare")
			flags.StringVar(&how.html, "html", "", "write a page with charts to this `file`")
			return func(ctx context.Context, t terminal, args []string) error {
				if len(args) > 1 {
					return usageError(fmt.Sprintf("unexpected argument %q", args[1]))
				}
				if len(args) == 0 {
					return listScenarios(t)
				}
				s, err := scenario(args[0])
				if err != nil {
					return err
				}
				if how.seed != 0 {
					s.Seed = how.seed
				}
				return how.run(ctx, t, s)
			}
		},
	}
}

func listScenarios(t terminal) error {
	all, err := sim.Shipped()
	if err != nil {
		return err
	}
	for _, s := range all {
		fmt.Fprintf(t.out, "  %-12s %s\n", s.Name, s.About)
	}
	return nil
}

// scenario finds a shipped one by name, or reads a file.
func scenario(name string) (sim.Scenario, error) {
	all, err := sim.Shipped()
	if err != nil {
		return sim.Scenario{}, err
	}
	var names []string
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	file, err := os.Open(name)
	if err != nil {
		if strings.ContainsAny(name, "/.") {
			return sim.Scenario{}, err
		}
		return sim.Scenario{}, fmt.Errorf("there is no scenario %q, neither shipped (%s) nor as a file", name, strings.Join(names, ", "))
	}
	defer file.Close()
	return sim.Read(file)
}

func roomVerifyCommand() *command {
	return &command{
		name: "room verify", about: "check the lottery of a room, and anyone's draw in it",
		more: "The room publishes the commitment before the lottery and the seed after it. This checks that they belong together, and works\nout the draw of a visitor: of two, the lower one was admitted first.",
		examples: []string{
			"stagedoor room verify --room hamlet --event on-sale --commitment " + strings.Repeat("ab", 32) + " --seed " + strings.Repeat("cd", 32) + " --visitor " + strings.Repeat("ef", 16),
		},
		setup: func(flags *flag.FlagSet) action {
			room := flags.String("room", "", "the room's `id`")
			event := flags.String("event", "", "the event's `id`")
			commitment := flags.String("commitment", "", "what was published before, 64 `hex` digits")
			seed := flags.String("seed", "", "what was published after, 64 `hex` digits")
			visitor := flags.String("visitor", "", "a visitor's ID from the queue page, 32 `hex` digits; without it only the seed is checked")
			return func(_ context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				var c shuffle.Commitment
				var s shuffle.Seed
				var v [16]byte
				for _, f := range []struct {
					name, text string
					into       []byte
				}{{"commitment", *commitment, c[:]}, {"seed", *seed, s[:]}, {"visitor", *visitor, v[:]}} {
					if f.name == "visitor" && f.text == "" {
						continue
					}
					b, err := hex.DecodeString(f.text)
					if err != nil || len(b) != len(f.into) {
						return usageError(fmt.Sprintf("--%s must be %d hex digits", f.name, 2*len(f.into)))
					}
					copy(f.into, b)
				}
				if *room == "" || *event == "" {
					return usageError("--room and --event must name the lottery")
				}
				if err := shuffle.Check(c, s, *room, *event); err != nil {
					return fmt.Errorf("the seed is not the one that was committed to for event %q of room %q: the draw was not honest, or a value was copied wrongly", *event, *room)
				}
				fmt.Fprintln(t.out, "The seed is the one that was committed to.")
				if *visitor != "" {
					draw := shuffle.Draw(s, *room, *event, v)
					fmt.Fprintf(t.out, "Draw %d: before about %.4f %% of all visitors.\n", draw, 100-float64(draw)/(1<<64)*100)
				}
				return nil
			}
		},
	}
}
