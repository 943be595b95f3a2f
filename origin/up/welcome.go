package up

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/edge/local"
	"github.com/stagedoor/stagedoor/origin/house"
	"github.com/stagedoor/stagedoor/origin/up/board"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// localKV is the namespace that the local edge reads.
func (s *stack) localKV() house.Cloudflare {
	return house.Cloudflare{
		URL:   fmt.Sprintf("http://127.0.0.1:%d/client/v4", s.Ports.KV),
		Token: s.keys.cloudflare, Account: local.DefaultAccountID, Namespace: local.DefaultNamespaceID,
	}
}

// firstPage asks for the group's page as a browser would, through the edge, until it is there.
func (s *stack) firstPage(ctx context.Context, _ *board.Step) (string, error) {
	address := s.config().Edge.SiteURL(venue.GroupBrand) + "/"
	// Browsers take *.localhost for this machine; not every resolver does.
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", s.Ports.Edge))
		},
	}}
	var last error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if last = ask(ctx, client, address); last == nil {
			return "", nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return "", fmt.Errorf("%s: %w; see %s", address, last, s.logFile("stagedoor"))
}

func ask(ctx context.Context, client *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return errors.New("it answers " + res.Status)
	}
	return nil
}

// welcome says where everything is.
func (s *stack) welcome(took time.Duration) {
	cfg := s.config()
	b := s.board
	lines := []struct{ what, where string }{
		{"All theatres", cfg.Edge.SiteURL(venue.GroupBrand)},
		{"One of them", cfg.Edge.SiteURL("lyceum")},
		{"On Broadway", cfg.Edge.SiteURL("shubert")},
		{"Staff console", cfg.Edge.ConsoleURL()},
		{"E-mails sent", cfg.Edge.OriginURL + "/dev/mail"},
		{"API", cfg.Edge.SiteURL(venue.GroupBrand) + "/api/docs"},
		{"Metrics, health", cfg.Edge.OriginURL + "/metrics, /healthz, /readyz"},
		{"Edge, explained", fmt.Sprintf("http://127.0.0.1:%d/explain (any name; the password is in %s)", s.Ports.Ops, s.dir.Path("keys", "ops"))},
		{"Logs", s.dir.Path("logs")},
	}
	b.Say("\n%s (%.1f s)\n", b.Bold("The house is open"), took.Seconds())
	for _, l := range lines {
		b.Say("  %-16s %s", l.what, l.where)
	}
	if cfg.Stripe.URL != "" {
		b.Say("\n  Pay with 4242 4242 4242 4242, any future date, code and postcode. Declined: 4000 0000 0000 0002.\n  A card that asks for 3-D Secure: 4000 0025 0000 3155.")
	} else {
		b.Say("\n  Stripe must reach %s/webhooks/stripe, for example through `stripe listen --forward-to`.", cfg.Edge.OriginURL)
	}
	if cfg.Staff.Practice {
		b.Say("\n  The console signs you in by one click, as any of its practice accounts: one for each role.")
	}
	b.Say("\n  `make smoke` buys a ticket, Ctrl-C closes the house.")
}
