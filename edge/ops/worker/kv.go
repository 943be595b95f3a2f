//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"
	"time"
)

// namespace is a KV namespace as a Worker has it. The one in syumai/workers
// cannot tell a key that is not there from one that holds "<null>", and knows
// no metadata.
type namespace struct{ binding js.Value }

// kvTimeout is how long one call may take.
const kvTimeout = 5 * time.Second

var errUnbound = errors.New("the KV namespace SITES is not bound")

// call waits for what a method of the namespace promises.
func (n namespace) call(ctx context.Context, method string, args ...any) (js.Value, error) {
	if n.binding.Type() != js.TypeObject {
		return js.Value{}, errUnbound
	}
	ctx, cancel := context.WithTimeout(ctx, kvTimeout)
	defer cancel()
	value, err := await(ctx, n.binding.Call(method, args...))
	if err != nil {
		return js.Value{}, fmt.Errorf("KV %s: %w", method, err)
	}
	return value, nil
}

func (n namespace) Get(ctx context.Context, key string) ([]byte, bool, error) {
	v, err := n.call(ctx, "get", key, "arrayBuffer")
	if err != nil || v.IsNull() {
		return nil, false, err
	}
	view := js.Global().Get("Uint8Array").New(v)
	value := make([]byte, view.Length())
	js.CopyBytesToGo(value, view)
	return value, true, nil
}

func (n namespace) Metadata(ctx context.Context, key string) ([]byte, error) {
	v, err := n.call(ctx, "getWithMetadata", key, "stream")
	if err != nil {
		return nil, err
	}
	if body := v.Get("value"); !body.IsNull() {
		body.Call("cancel") // only what stands beside it is of interest
	}
	metadata := v.Get("metadata")
	if metadata.IsNull() || metadata.IsUndefined() {
		return nil, nil
	}
	return []byte(js.Global().Get("JSON").Call("stringify", metadata).String()), nil
}

func (n namespace) Keys(ctx context.Context, prefix string) ([]string, error) {
	options := js.Global().Get("Object").New()
	options.Set("prefix", prefix)
	var keys []string
	for {
		page, err := n.call(ctx, "list", options)
		if err != nil {
			return nil, err
		}
		list := page.Get("keys")
		for i := range list.Length() {
			keys = append(keys, list.Index(i).Get("name").String())
		}
		if page.Get("list_complete").Truthy() {
			return keys, nil
		}
		options.Set("cursor", page.Get("cursor"))
	}
}

func (n namespace) Put(ctx context.Context, key string, value []byte) error {
	_, err := n.call(ctx, "put", key, string(value))
	return err
}
