package domains_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/domains"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
	"github.com/stagedoor/stagedoor/origin/payment/stripe"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// stage is a keeper before a real sandbox and a real database, with a clock and sites of the test's own.
type stage struct {
	*domains.Keeper
	t       *testing.T
	db      *pgxpool.Pool
	sandbox *sandbox.Sandbox
	gateway *stripe.Gateway

	mu    sync.Mutex
	at    time.Time
	hosts []domains.Host
}

func newStage(t *testing.T, hosts ...domains.Host) *stage {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	box, err := sandbox.Open(sandbox.Config{Dir: t.TempDir(), PublicURL: "http://" + server.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = box.Handler()
	server.Start()
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	none := 0
	gateway, err := stripe.New(stripe.Config{SecretKey: box.Keys().Secret, BaseURL: server.URL, MaxNetworkRetries: &none, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, db: pgtest.Pool(t), sandbox: box, gateway: gateway, at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), hosts: hosts}
	s.Keeper = &domains.Keeper{DB: s.db, Registry: gateway, Hosts: s.list, Now: s.now, Logger: slog.New(slog.DiscardHandler)}
	return s
}

func (s *stage) list(context.Context) ([]domains.Host, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.hosts), nil
}

func (s *stage) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

// work compares and works; then the hostnames stand as wanted: "name state" each.
func (s *stage) work(want ...string) []domains.Hostname {
	s.t.Helper()
	if err := errors.Join(s.Compare(s.t.Context()), s.Work(s.t.Context())); err != nil {
		s.t.Fatal(err)
	}
	return s.stand(want...)
}

func (s *stage) stand(want ...string) []domains.Hostname {
	s.t.Helper()
	list, err := s.List(s.t.Context(), "")
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, h := range list {
		got = append(got, h.Name+" "+string(h.State))
	}
	if !slices.Equal(got, want) {
		s.t.Fatalf("they stand %q, want %q: %+v", got, want, list)
	}
	return list
}

func TestEveryHostnameIsRegisteredThroughTheSandbox(t *testing.T) {
	t.Parallel()
	s := newStage(t, domains.Host{Name: "lyceum.localhost", BrandID: "lyceum"}, domains.Host{Name: "localhost", BrandID: "stagedoor"}, domains.Host{Name: "unverified.localhost", BrandID: "palace"})
	list := s.work("lyceum.localhost active", "unverified.localhost failed", "localhost active")
	if bad := list[1]; !strings.HasPrefix(bad.Problem, "Apple Pay: The domain was not verified") || bad.NextAt != s.now().Add(time.Minute) {
		t.Errorf("%+v", bad)
	}
	if good := list[0]; good.Problem != "" || good.NextAt != s.now().Add(domains.Recheck) || good.CheckedAt != s.now() {
		t.Errorf("%+v", good)
	}
	if d, err := s.gateway.FindDomain(t.Context(), "localhost"); err != nil || !d.Enabled || !d.ApplePay.Active || !d.GooglePay.Active || !d.Link.Active {
		t.Errorf("at the sandbox: %+v %v", d, err)
	}
	// Failures wait longer each time; a site that changes brings them forward, and only its own.
	s.pass(time.Minute)
	if next := s.work("lyceum.localhost active", "unverified.localhost failed", "localhost active")[1].NextAt; next != s.now().Add(2*time.Minute) {
		t.Errorf("the second failure waits until %s", next)
	}
	for _, site := range []string{"lyceum", "palace"} {
		if err := pgx.BeginFunc(t.Context(), s.db, func(tx pgx.Tx) error { return s.SiteChanged(t.Context(), tx, site) }); err != nil {
			t.Fatal(err)
		}
		next := s.stand("lyceum.localhost active", "unverified.localhost failed", "localhost active")[1].NextAt
		if hastened := next.Before(s.now().Add(time.Minute)); hastened != (site == "palace") {
			t.Errorf("after a change of %s: %s", site, next)
		}
	}
	// A hostname that no site has any more is disabled, and enabled again when one gets it back.
	s.hosts = s.hosts[1:]
	s.work("unverified.localhost failed", "localhost active")
	if d, err := s.gateway.FindDomain(t.Context(), "lyceum.localhost"); err != nil || d.Enabled {
		t.Errorf("given up: %+v %v", d, err)
	}
	s.hosts = append(s.hosts, domains.Host{Name: "lyceum.localhost", BrandID: "lyceum"})
	s.work("lyceum.localhost active", "unverified.localhost failed", "localhost active")
	if d, err := s.gateway.FindDomain(t.Context(), "lyceum.localhost"); err != nil || !d.Enabled {
		t.Errorf("back again: %+v %v", d, err)
	}
	s.hosts = nil // a house that has lost its sites takes nothing down
	s.work("lyceum.localhost active", "unverified.localhost failed", "localhost active")
}

func TestAProviderThatIsAwayIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, domains.Host{Name: "lyceum.localhost", BrandID: "lyceum"}, domains.Host{Name: "palace.localhost", BrandID: "palace"})
	s.sandbox.Inject(sandbox.Fault{Path: "/v1/payment_method_domains", Status: http.StatusInternalServerError})
	list := s.work("lyceum.localhost waiting", "palace.localhost waiting")
	problems := list[0].Problem + list[1].Problem
	if problems != "The payment provider did not answer." { // the round ended with the first
		t.Errorf("%q", problems)
	}
	s.pass(time.Minute)
	s.work("lyceum.localhost active", "palace.localhost active")
	// Silence takes nothing away that is known to work.
	s.pass(domains.Recheck)
	s.sandbox.Inject(sandbox.Fault{Path: "/v1/payment_method_domains", Status: http.StatusInternalServerError})
	list = s.work("lyceum.localhost active", "palace.localhost active")
	if problems := list[0].Problem + list[1].Problem; problems != "The payment provider did not answer." {
		t.Errorf("%q", problems)
	}
	s.pass(time.Minute)
	for _, h := range s.work("lyceum.localhost active", "palace.localhost active") {
		if h.Problem != "" {
			t.Errorf("%+v", h)
		}
	}
}

func TestALostAnswerRegistersOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, domains.Host{Name: "lyceum.localhost", BrandID: "lyceum"})
	s.sandbox.Inject(sandbox.Fault{Method: http.MethodPost, Path: "/v1/payment_method_domains", Effect: true, Status: http.StatusInternalServerError})
	s.work("lyceum.localhost waiting")
	first, err := s.gateway.FindDomain(t.Context(), "lyceum.localhost")
	if err != nil {
		t.Fatal(err)
	}
	s.pass(time.Minute)
	s.work("lyceum.localhost active")
	if again, err := s.gateway.FindDomain(t.Context(), "lyceum.localhost"); err != nil || again.ID != first.ID {
		t.Errorf("%+v, then %+v, %v", first, again, err)
	}
}

func TestSomebodyTriesAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, domains.Host{Name: "lyceum.localhost", BrandID: "lyceum"})
	s.sandbox.Inject(sandbox.Fault{Path: "/v1/payment_method_domains", Status: http.StatusInternalServerError})
	s.work("lyceum.localhost waiting")
	for _, tc := range []struct{ brand, host string }{{"palace", "lyceum.localhost"}, {"", "other.localhost"}} {
		if _, err := s.Retry(t.Context(), "ops@example.com", tc.brand, tc.host); !errors.Is(err, domains.ErrUnknown) {
			t.Errorf("%+v: %v", tc, err)
		}
	}
	now, err := s.Retry(t.Context(), "ops@example.com", "lyceum", "lyceum.localhost")
	if err != nil || now.State != domains.Active || now.Problem != "" {
		t.Fatalf("%+v %v", now, err)
	}
	s.stand("lyceum.localhost active")
	var said string
	if err := s.db.QueryRow(t.Context(), "select actor || ' ' || action || ' ' || (after ->> 'hostname') from staff_audit where target = 'site:lyceum'").Scan(&said); err != nil || said != "ops@example.com payment-domain.retry lyceum.localhost" {
		t.Errorf("recorded %q, %v", said, err)
	}
}

func TestTwoProcessesShareTheWork(t *testing.T) {
	t.Parallel()
	var hosts []domains.Host
	for _, letter := range "abcdefghijkl" {
		hosts = append(hosts, domains.Host{Name: string(letter) + ".localhost", BrandID: "lyceum"})
	}
	s := newStage(t, hosts...)
	counted := &counting{Gateway: s.gateway, asked: map[string]int{}}
	s.Registry = counted
	if err := s.Compare(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if err := s.Work(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, h := range hosts {
		if n := counted.asked[h.Name]; n != 1 {
			t.Errorf("%s was looked at %d times", h.Name, n)
		}
	}
}

// counting counts how often each hostname is asked about.
type counting struct {
	*stripe.Gateway
	mu    sync.Mutex
	asked map[string]int
}

func (c *counting) RegisterDomain(ctx context.Context, hostname string) (payment.Domain, error) {
	c.mu.Lock()
	c.asked[hostname]++
	c.mu.Unlock()
	return c.Gateway.RegisterDomain(ctx, hostname)
}
