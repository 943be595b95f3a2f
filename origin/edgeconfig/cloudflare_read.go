package edgeconfig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cloudflare/cloudflare-go/v6/kv"
)

// maxValue is the largest value KV holds.
const maxValue = 25 << 20

// Get returns the value of a key as the namespace has it, and found false when there is none.
func (c Cloudflare) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	var params kv.NamespaceValueGetParams
	params.AccountID.Value, params.AccountID.Present = c.Account, true
	res, err := c.service().Values.Get(ctx, c.Namespace, key, params)
	if isAbsent(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read %s from Cloudflare KV: %w", key, err)
	}
	defer res.Body.Close()
	if value, err = io.ReadAll(io.LimitReader(res.Body, maxValue)); err != nil {
		return nil, false, fmt.Errorf("read %s from Cloudflare KV: %w", key, err)
	}
	return value, true, nil
}

// Keys lists the keys that begin with prefix, in order.
func (c Cloudflare) Keys(ctx context.Context, prefix string) ([]string, error) {
	var params kv.NamespaceKeyListParams
	params.AccountID.Value, params.AccountID.Present = c.Account, true
	params.Prefix.Value, params.Prefix.Present = prefix, true
	var keys []string
	pages := c.service().Keys.ListAutoPaging(ctx, c.Namespace, params)
	for pages.Next() {
		keys = append(keys, pages.Current().Name)
	}
	if err := pages.Err(); err != nil {
		return nil, fmt.Errorf("list keys of Cloudflare KV: %w", err)
	}
	return keys, nil
}

// keyNotFound is Cloudflare's code for a key that is not there; a wrong account or namespace is a 404 as well.
const keyNotFound = 10009

func isAbsent(err error) bool {
	var failed *kv.Error
	return errors.As(err, &failed) && slices.ContainsFunc(failed.Errors, func(e kv.ErrorData) bool { return e.Code == keyNotFound })
}
