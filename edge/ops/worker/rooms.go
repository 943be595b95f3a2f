//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"
	"time"
)

// coordinators are the Durable Objects of the rooms, which live in the edge's
// Worker and are bound here too.
type coordinators struct{ binding js.Value }

// roomTimeout is how long a coordinator may take: it may have to wake up.
const roomTimeout = 5 * time.Second

func (c coordinators) Ask(ctx context.Context, room, method, path string, body []byte) (int, []byte, error) {
	if c.binding.Type() != js.TypeObject {
		return 0, nil, errors.New("the Durable Objects ROOMS are not bound")
	}
	ctx, cancel := context.WithTimeout(ctx, roomTimeout)
	defer cancel()
	options := js.Global().Get("Object").New()
	options.Set("method", method)
	if body != nil {
		options.Set("body", string(body))
	}
	stub := c.binding.Call("get", c.binding.Call("idFromName", room))
	response, err := await(ctx, stub.Call("fetch", "http://room"+path, options))
	if err != nil {
		return 0, nil, fmt.Errorf("room %s: %w", room, err)
	}
	text, err := await(ctx, response.Call("text"))
	if err != nil {
		return 0, nil, fmt.Errorf("room %s: %w", room, err)
	}
	return response.Get("status").Int(), []byte(text.String()), nil
}
