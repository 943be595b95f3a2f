package maintenance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// HTTPProbe asks through the edge. siteURL is the public address of a brand's site, without a slash.
func HTTPProbe(client *http.Client, siteURL func(brand string) string) Probe {
	return func(ctx context.Context, brand, path string) (Seen, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if path == "" {
			path = "/"
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, siteURL(brand)+path, nil)
		if err != nil {
			return SeenUnknown, fmt.Errorf("look at %s: %w", brand, err)
		}
		r.Header.Set("Accept", "application/problem+json, text/html;q=0.5")
		r.Header.Set("User-Agent", "Stagedoor-Console/1 (looks whether the site is closed)")
		res, err := client.Do(r)
		if err != nil {
			return SeenUnknown, fmt.Errorf("look at %s: %w", brand, err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(io.LimitReader(res.Body, 16<<10))
		if err != nil {
			return SeenUnknown, fmt.Errorf("look at %s: %w", brand, err)
		}
		return judge(res.StatusCode, res.Header.Get("Content-Type"), body), nil
	}
}

// judge tells the edge's own "closed" from other trouble: an origin that is down answers 503, too, and an address that
// may not look at the site says nothing about it.
func judge(status int, contentType string, body []byte) Seen {
	switch {
	case status == http.StatusServiceUnavailable && strings.HasPrefix(contentType, "application/problem+json"):
		var problem struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(body, &problem) == nil && problem.Type == "urn:stagedoor:problem:maintenance" {
			return SeenClosed
		}
		return SeenOpen // open, and in trouble of its own
	case status == http.StatusForbidden || status == http.StatusTooManyRequests || status == http.StatusMisdirectedRequest:
		return SeenUnknown
	}
	return SeenOpen
}
