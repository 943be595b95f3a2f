// Command edgewasm builds build/edge.wasm and build/room.wasm where they are
// missing or out of date, and the TinyGo compiler first if need be. It prints what it is doing and is
// silent when there is nothing to do.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/stagedoor/stagedoor/infra/tinygo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := build(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func build(ctx context.Context) error {
	root, err := tinygo.FindRoot(".")
	if err != nil {
		return err
	}
	_, err = tinygo.Builder{Root: root, Progress: os.Stderr}.EdgeWasm(ctx)
	return err
}
