package index

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/typesense/typesense-go/v3/typesense"
)

// Config says where the search server is.
type Config struct {
	URL     string        // base URL, for example http://127.0.0.1:8791
	APIKey  string        // sent with every request
	Timeout time.Duration // of one request; 0 means 5 s
}

// Validate reports every fault of c at once.
func (c Config) Validate() error {
	var faults []error
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		faults = append(faults, fmt.Errorf("search URL %q is not an http or https URL", c.URL))
	}
	if c.APIKey == "" {
		faults = append(faults, errors.New("search API key is empty"))
	}
	if c.Timeout < 0 {
		faults = append(faults, errors.New("search timeout is negative"))
	}
	return errors.Join(faults...)
}

// Connect returns a client for the server c names. It sends nothing.
func Connect(c Config) (*typesense.Client, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return typesense.NewClient(
		typesense.WithServer(c.URL),
		typesense.WithAPIKey(c.APIKey),
		typesense.WithConnectionTimeout(cmp.Or(c.Timeout, 5*time.Second)),
	), nil
}

// ErrUnavailable is wrapped by every error that means the search server could
// not answer (down, too slow, overloaded), as opposed to having refused. Callers
// serve what they have in store and try again.
var ErrUnavailable = errors.New("search is unavailable")

// ErrNoIndex is wrapped when the alias has no collection behind it: nothing was
// indexed yet.
var ErrNoIndex = errors.New("the shows index does not exist")

// classify wraps err so that errors.Is finds ErrUnavailable or ErrNoIndex.
func classify(doing string, err error) error {
	if err == nil {
		return nil
	}
	var answer *typesense.HTTPError
	switch {
	case !errors.As(err, &answer), answer.Status >= 500, answer.Status == http.StatusTooManyRequests:
		return fmt.Errorf("index: %s: %w: %w", doing, ErrUnavailable, err)
	case answer.Status == http.StatusNotFound:
		return fmt.Errorf("index: %s: %w: %w", doing, ErrNoIndex, err)
	}
	return fmt.Errorf("index: %s: %w", doing, err)
}

// isStatus reports whether err is the server's answer with this HTTP status.
func isStatus(err error, status int) bool {
	var answer *typesense.HTTPError
	return errors.As(err, &answer) && answer.Status == status
}
