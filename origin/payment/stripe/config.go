// Package stripe implements payment.Gateway with Stripe's API through stripe-go, and
// reads Stripe's webhooks. Nothing of stripe-go's leaves this package.
//
// Pointed at payment/sandbox or at stripe-mock by Config.BaseURL, it is the same code
// that talks to Stripe.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/paymentmethoddomain"
	"github.com/stripe/stripe-go/v76/refund"

	"github.com/stagedoor/stagedoor/origin/payment"
)

// Config says how to reach Stripe.
type Config struct {
	// SecretKey is the account's sk_… or rk_… key. It is sent to BaseURL and nowhere
	// else, and never logged.
	SecretKey string
	// BaseURL replaces https://api.stripe.com when set.
	BaseURL string
	// Timeout bounds one attempt of a call; 0 means 10 seconds. A call may take
	// (1 + MaxNetworkRetries) × Timeout and up to 2 seconds between attempts; its
	// context bounds the whole but can't cut a pause between attempts short.
	Timeout time.Duration
	// MaxNetworkRetries is how often an attempt that got no answer, or a 409 or 503, is
	// repeated with the same idempotency key; 0 never, nil twice.
	MaxNetworkRetries *int
	// Transport makes the requests; nil is a plain one. Wrap it to trace.
	Transport http.RoundTripper
	// Logger hears about retries; nil is silent. What fails for good is returned.
	Logger *slog.Logger
}

// MaxAnswer is the longest answer read from Stripe, in bytes: a full page of intents
// with their charges is about a tenth of it.
const MaxAnswer = 8 << 20

const (
	defaultTimeout = 10 * time.Second
	defaultRetries = 2
)

// Validate reports everything that is wrong with the configuration. It doesn't tell
// what the key is.
func (c Config) Validate() error {
	var faults []error
	if !strings.HasPrefix(c.SecretKey, "sk_") && !strings.HasPrefix(c.SecretKey, "rk_") {
		faults = append(faults, errors.New("SecretKey should start with sk_ or rk_"))
	}
	if strings.ContainsAny(c.SecretKey, " \t\r\n") {
		faults = append(faults, errors.New("SecretKey has white space in it"))
	}
	if c.BaseURL != "" {
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			faults = append(faults, fmt.Errorf("BaseURL %q is not an http or https URL", c.BaseURL))
		} else if u.Scheme == "http" && strings.Contains(c.SecretKey, "_live_") {
			faults = append(faults, errors.New("a live key must not travel over plain http"))
		}
	}
	if c.Timeout < 0 {
		faults = append(faults, errors.New("Timeout is negative"))
	}
	if c.MaxNetworkRetries != nil && *c.MaxNetworkRetries < 0 {
		faults = append(faults, errors.New("MaxNetworkRetries is negative"))
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("stripe: %w", err)
	}
	return nil
}

// Gateway takes and gives back money through Stripe. Its methods may be called from
// several goroutines.
type Gateway struct {
	intents paymentintent.Client
	refunds refund.Client
	domains paymentmethoddomain.Client
}

var _ payment.Gateway = (*Gateway)(nil)

// New makes a Gateway. It sends nothing yet.
func New(c Config) (*Gateway, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	retries := int64(defaultRetries)
	if c.MaxNetworkRetries != nil {
		retries = int64(*c.MaxNetworkRetries)
	}
	timeout := c.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	backend := &sdk.BackendConfig{
		// Telemetry would send timings of one request along with the next.
		EnableTelemetry:   sdk.Bool(false),
		HTTPClient:        &http.Client{Transport: bounded{transport}, Timeout: timeout},
		LeveledLogger:     retryLogger{c.Logger},
		MaxNetworkRetries: sdk.Int64(retries),
	}
	if c.BaseURL != "" {
		backend.URL = sdk.String(strings.TrimSuffix(c.BaseURL, "/"))
	}
	b := sdk.GetBackendWithConfig(sdk.APIBackend, backend)
	return &Gateway{
		intents: paymentintent.Client{B: b, Key: c.SecretKey},
		refunds: refund.Client{B: b, Key: c.SecretKey},
		domains: paymentmethoddomain.Client{B: b, Key: c.SecretKey},
	}, nil
}

// bounded reads no more than MaxAnswer of an answer. A longer one becomes unreadable
// rather than endless.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, MaxAnswer), answer.Body}
	}
	return answer, err
}

// retryLogger passes on that a request is repeated. Everything else stripe-go would
// log may hold a client secret or an e-mail address.
type retryLogger struct{ logger *slog.Logger }

func (retryLogger) Debugf(string, ...any) {}
func (retryLogger) Infof(string, ...any)  {}
func (retryLogger) Errorf(string, ...any) {}
func (l retryLogger) Warnf(format string, args ...any) {
	if l.logger != nil && strings.HasPrefix(format, "Initiating retry") {
		l.logger.Log(context.Background(), slog.LevelWarn, "stripe: "+fmt.Sprintf(format, args...))
	}
}
