package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

func applePaySetCommand() *command {
	return &command{
		name: "applepay set", args: "FILE", about: "serve Apple's domain association file, byte for byte",
		more:     "It is served at /.well-known/apple-developer-merchantid-domain-association, also while the site is closed.",
		examples: []string{"stagedoor applepay set --site lyceum apple-developer-merchantid-domain-association", "stagedoor applepay set --site all FILE"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := siteFlag(flags, true)
			return func(ctx context.Context, t terminal, args []string) error {
				if len(args) != 1 {
					return usageError("it takes one argument, FILE, after the flags")
				}
				content, err := readBounded(args[0], edgeconfig.MaxApplePayFile)
				if err != nil {
					return err
				}
				if len(content) == 0 {
					return usageError("the file is empty; `stagedoor applepay remove` removes one")
				}
				return w.applePay(ctx, t, *site, content, fmt.Sprintf("now serves the file (%d bytes)", len(content)))
			}
		},
	}
}

func applePayRemoveCommand() *command {
	return &command{
		name: "applepay remove", about: "no longer serve it",
		examples: []string{"stagedoor applepay remove --site lyceum"},
		setup: func(flags *flag.FlagSet) action {
			var w where
			w.flag(flags)
			site := siteFlag(flags, true)
			return func(ctx context.Context, t terminal, args []string) error {
				if err := none(args); err != nil {
					return err
				}
				return w.applePay(ctx, t, *site, nil, "serves no such file")
			}
		},
	}
}

func (w *where) applePay(ctx context.Context, t terminal, site string, content []byte, outcome string) error {
	if err := needSite(site); err != nil {
		return err
	}
	return w.desk(ctx, t, func(d *desk) error {
		if _, err := d.SetApplePayFile(ctx, actor(), site, content); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%s %s.\n", site, outcome)
		return d.publish(ctx, t)
	})
}

// readBounded reads a file of at most most bytes.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(content)) > most {
		return nil, edgeconfig.Refused{Reason: fmt.Sprintf("%s has more than %d bytes", path, most)}
	}
	return content, err
}
