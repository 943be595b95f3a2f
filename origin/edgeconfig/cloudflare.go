package edgeconfig

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cloudflare/cloudflare-go/v6/kv"
	"github.com/cloudflare/cloudflare-go/v6/option"
)

// Cloudflare is a KV namespace behind Cloudflare's REST API, or behind the edge's local runner, which speaks it too.
type Cloudflare struct {
	BaseURL   string // "": Cloudflare's own
	Token     string // an API token that may edit KV
	Account   string
	Namespace string
	// Zone is what brands' hostnames belong to, for PurgeTags; "" purges nothing. The token may then purge its cache.
	Zone   string
	Client *http.Client // nil: http.DefaultClient
}

const requestTimeout = 20 * time.Second

// Validate reports every fault at once.
func (c Cloudflare) Validate() error {
	var faults []error
	for _, field := range []struct{ name, value string }{{"token", c.Token}, {"account", c.Account}, {"namespace", c.Namespace}} {
		if field.value == "" {
			faults = append(faults, fmt.Errorf("Cloudflare KV: the %s is missing", field.name))
		}
	}
	return errors.Join(faults...)
}

// Name implements Store.
func (c Cloudflare) Name() string { return c.BaseURL + "/" + c.Account + "/" + c.Namespace }

func (c Cloudflare) service() *kv.NamespaceService { return kv.NewNamespaceService(c.options()...) }

func (c Cloudflare) options() []option.RequestOption {
	opts := []option.RequestOption{option.WithAPIToken(c.Token), option.WithMaxRetries(3), option.WithRequestTimeout(requestTimeout)}
	if c.BaseURL != "" {
		opts = append(opts, option.WithBaseURL(c.BaseURL))
	} else {
		opts = append(opts, option.WithEnvironmentProduction())
	}
	if c.Client != nil {
		opts = append(opts, option.WithHTTPClient(c.Client))
	}
	return opts
}

// Put implements Store with one bulk write. The client retries 429, 5xx and lost connections by itself.
func (c Cloudflare) Put(ctx context.Context, entries []Entry) (failed []string, err error) {
	var params kv.NamespaceBulkUpdateParams
	// The fields are set one by one because the function that makes them is in cloudflare-go's root package, which
	// takes minutes to compile.
	params.AccountID.Value, params.AccountID.Present = c.Account, true
	params.Body = make([]kv.NamespaceBulkUpdateParamsBody, len(entries))
	size := 0
	for i, e := range entries {
		body := &params.Body[i]
		body.Key.Value, body.Key.Present = e.Key, true
		body.Value.Value, body.Value.Present = string(e.Value), true
		if e.Binary {
			body.Value.Value = base64.StdEncoding.EncodeToString(e.Value)
			body.Base64.Value, body.Base64.Present = true, true
		}
		size += len(e.Value)
	}
	// A second more for each megabyte, as an index may have 25 of them.
	patience := option.WithRequestTimeout(requestTimeout + time.Duration(size>>20)*time.Second)
	res, err := c.service().BulkUpdate(ctx, c.Namespace, params, patience)
	if err != nil {
		return nil, fmt.Errorf("write %d keys to Cloudflare KV: %w", len(entries), err)
	}
	return res.UnsuccessfulKeys, nil
}

// Delete implements Store.
func (c Cloudflare) Delete(ctx context.Context, keys []string) error {
	var params kv.NamespaceBulkDeleteParams
	params.AccountID.Value, params.AccountID.Present = c.Account, true
	params.Body = keys
	res, err := c.service().BulkDelete(ctx, c.Namespace, params)
	if err != nil {
		return fmt.Errorf("delete %d keys from Cloudflare KV: %w", len(keys), err)
	}
	if n := len(res.UnsuccessfulKeys); n > 0 {
		return fmt.Errorf("delete from Cloudflare KV: %d of %d keys are still there", n, len(keys))
	}
	return nil
}
