package sandbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/api"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/browser"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/courier"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/panel"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// Config says how to run a sandbox. Dir and PublicURL are required.
type Config struct {
	// Dir holds its state; it is made if it is not there. One process at a time.
	Dir string
	// PublicURL is where browsers reach Handler, such as http://127.0.0.1:8789.
	PublicURL string
	// WebhookURL receives the events; empty delivers none.
	WebhookURL string
	// WebhookEvents are the types of events to deliver; empty delivers all.
	WebhookEvents []string
	// FrameAncestors are the pages that may embed the card fields, as sources of a
	// Content-Security-Policy. Empty means pages of this machine.
	FrameAncestors []string
	// Backoff is how long to wait after the n-th failed delivery of a webhook, and
	// whether to go on. Nil doubles from one second to one minute for three days.
	Backoff func(n int) (time.Duration, bool)
	// Logger, Now and Rand default to a silent one, time.Now and crypto/rand.
	Logger *slog.Logger
	Now    func() time.Time
	Rand   io.Reader
}

// Validate reports everything that is wrong with the configuration.
func (c Config) Validate() error {
	var faults []error
	if c.Dir == "" {
		faults = append(faults, errors.New("Dir is empty"))
	}
	for name, value := range map[string]string{"PublicURL": c.PublicURL, "WebhookURL": c.WebhookURL} {
		u, err := url.Parse(value)
		if value == "" && name == "WebhookURL" {
			continue
		}
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			faults = append(faults, fmt.Errorf("%s %q is not an http or https URL", name, value))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	return nil
}

// Sandbox is a running local Stripe.
type Sandbox struct {
	keys    Keys
	ledger  *ledger.Ledger
	api     *api.API
	courier *courier.Courier // nil without a webhook URL
	secrets *secrets
	pages   http.Handler
	panel   http.Handler
	lock    *os.File
}

// Open reads the state in Dir and starts delivering the webhooks still owed. Serve
// Handler, and Close when done.
func Open(c Config) (*Sandbox, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	lock, err := lockDir(c.Dir)
	if err != nil {
		return nil, err
	}
	s, err := load(c)
	if err != nil {
		lock.Close()
		return nil, err
	}
	s.lock = lock
	return s, nil
}

// lockDir keeps a second process out of the folder, until this one ends.
func lockDir(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("sandbox: %s is in use by another sandbox: stop that one, or choose another folder", dir)
	}
	return lock, nil
}

func load(c Config) (*Sandbox, error) {
	keys, err := loadKeys(c.Dir, c.Rand)
	if err != nil {
		return nil, err
	}
	book, err := ledger.Open(filepath.Join(c.Dir, "journal"), c.Now, c.Rand)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Sandbox{keys: keys, ledger: book, secrets: &secrets{current: []string{keys.Webhook}}}
	writer := wire.Writer{PublicURL: c.PublicURL}
	s.api = api.New(api.Config{
		Ledger: book, Writer: writer, Now: c.Now, Rand: c.Rand, Logger: c.Logger,
		Keys:   api.Keys{Secret: keys.Secret, Publishable: keys.Publishable},
		Wanted: c.wants,
	})
	s.pages = browser.New(browser.Config{
		Ledger: book, Authenticate: s.api.Authenticate, PublicURL: c.PublicURL, FrameAncestors: c.FrameAncestors, Logger: c.Logger,
	})
	if c.WebhookURL != "" {
		s.courier = courier.Start(courier.Config{
			URL: c.WebhookURL, Secrets: s.secrets.all, Write: s.body, Ledger: book, Client: webhookClient(),
			Now: c.Now, Logger: c.Logger, Backoff: c.Backoff, Workers: 8,
		})
		book.Watch(s.courier.Send)
	}
	s.panel = panel.New(panel.Config{Ledger: book, API: s.api, Courier: s.courier, PublicURL: c.PublicURL, Now: c.Now, Logger: c.Logger})
	return s, nil
}

// Keys are the account's keys.
func (s *Sandbox) Keys() Keys { return s.keys }

// Handler answers Stripe's API below /v1/, its browser script at /v3/ with the pages
// that go with it, and the control panel everywhere else.
func (s *Sandbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/", s.api)
	for _, path := range []string{"/v3", "/v3/", "/elements/", "/3ds/"} {
		mux.Handle(path, s.pages)
	}
	mux.Handle("/", s.panel)
	return mux
}

// Close stops delivering webhooks and writes everything down.
func (s *Sandbox) Close() error {
	if s.courier != nil {
		s.courier.Close()
	}
	return errors.Join(s.ledger.Close(), s.lock.Close())
}

func (s *Sandbox) body(e *ledger.Event) ([]byte, error) {
	written, err := s.api.WriteEvent(e)
	if err != nil {
		return nil, err
	}
	return wire.Bytes(written)
}

func (c Config) wants(eventType string) bool {
	return c.WebhookURL != "" && (len(c.WebhookEvents) == 0 || slices.Contains(c.WebhookEvents, eventType))
}

func (c Config) withDefaults() Config {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Backoff == nil {
		c.Backoff = backoff
	}
	if len(c.FrameAncestors) == 0 {
		c.FrameAncestors = []string{"http://localhost:*", "http://*.localhost:*", "http://127.0.0.1:*"}
	}
	return c
}

// backoff doubles from a second to a minute and gives up after about three days, as
// long as Stripe itself goes on.
func backoff(n int) (time.Duration, bool) {
	const minutes = 3 * 24 * 60
	if n > minutes {
		return 0, false
	}
	return min(time.Second<<min(n-1, 6), time.Minute), true
}

func webhookClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	transport.Proxy = nil // the receiver is on this machine
	return &http.Client{
		Transport: transport, Timeout: 10 * time.Second,
		// As Stripe: a redirect is a failure.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
