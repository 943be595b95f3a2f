package index

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// Raw is typesense-go one level below Connect, for what a server knows and the typed client does not: the metadata of a
// collection. It sends nothing.
func Raw(c Config) (*api.Client, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	client, err := api.NewClient(c.URL, api.WithAPIKey(c.APIKey), api.WithHTTPClient(&http.Client{Timeout: cmp.Or(c.Timeout, 5*time.Second)}))
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return client, nil
}
