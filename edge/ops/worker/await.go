//go:build js && wasm

package main

import (
	"context"
	"errors"
	"syscall/js"
)

// await waits for a promise as long as ctx allows.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	done := make(chan outcome, 1) // nobody may be waiting any more
	then := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{value: args[0]}
		return nil
	})
	failed := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{err: errors.New(args[0].Call("toString").String())}
		return nil
	})
	promise.Call("then", then, failed)
	select {
	case o := <-done:
		then.Release()
		failed.Release()
		return o.value, o.err
	case <-ctx.Done(): // the functions are kept: they may still be called
		return js.Value{}, ctx.Err()
	}
}
