// Command opswasm builds build/ops/, the ops Worker, where it is missing or out
// of date. It prints what it is doing and is silent when there is nothing to do.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/stagedoor/stagedoor/infra/opsworker"
	"github.com/stagedoor/stagedoor/infra/tinygo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root, err := tinygo.FindRoot(".")
	if err == nil {
		_, err = opsworker.Builder{Root: root, Progress: os.Stderr}.Build(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
