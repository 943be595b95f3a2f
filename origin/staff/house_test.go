package staff_test

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// house is a database with two theatres, a provider, and a desk whose clock the test sets.
type house struct {
	*staff.Desk
	t      *testing.T
	db     *pgxpool.Pool
	issuer *issuer
	mu     sync.Mutex
	at     time.Time
}

var (
	boss   = account{subject: "s-boss", email: "boss@stagedoor.example", name: "The boss"}
	usher  = account{subject: "s-usher", email: "usher@stagedoor.example", name: "An usher"}
	client = staff.Client{IP: "192.0.2.7", Agent: "Mozilla/5.0"}
)

// newHouse makes one in which boss becomes the first admin.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: pgtest.Pool(t), issuer: newIssuer(t), at: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	_, err := h.db.Exec(t.Context(), `insert into brands (id, name, country, locale, currency, time_zone, theme, is_group) values
		('lyceum', 'Lyceum Theatre', 'GB', 'en-GB', 'GBP', 'Europe/London', '{}', false),
		('shubert', 'Shubert Theatre', 'US', 'en-US', 'USD', 'America/New_York', '{}', false)`)
	if err != nil {
		t.Fatal(err)
	}
	h.Desk, err = staff.New(staff.Config{
		DB: h.db, Logger: slog.New(slog.DiscardHandler), Now: h.now, FirstAdmin: boss.email,
		Issuer: h.issuer.URL, ClientID: clientID, ClientSecret: clientSecret, RedirectURL: "http://console.localhost/sign-in/done",
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// begin leaves for the provider.
func (h *house) begin(s staff.Start) staff.Begun {
	h.t.Helper()
	if s.Client == (staff.Client{}) {
		s.Client = client
	}
	begun, err := h.Begin(h.t.Context(), s)
	if err != nil {
		h.t.Fatal(err)
	}
	return begun
}

// try signs in as somebody and returns what came of it.
func (h *house) try(who account, twist func(*grant)) (staff.Done, error) {
	h.t.Helper()
	begun := h.begin(staff.Start{ReturnTo: "/sites/lyceum/maintenance"})
	return h.Finish(h.t.Context(), h.issuer.agree(begun.URL, who, h.now(), twist), begun.Browser, client)
}

func (h *house) signIn(who account) staff.Done {
	h.t.Helper()
	done, err := h.try(who, nil)
	if err != nil {
		h.t.Fatalf("%s can't sign in: %v", who.email, err)
	}
	return done
}

// invited is somebody who was invited, given a role and signed in.
func (h *house) invited(who account, role staff.Role, brand string) (staff.Done, uuid.UUID) {
	h.t.Helper()
	p, err := h.Invite(h.t.Context(), boss.email, who.email, who.name)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.Grant(h.t.Context(), boss.email, p.ID, role, brand); err != nil {
		h.t.Fatal(err)
	}
	return h.signIn(who), p.ID
}

// wantRefused demands that an error is a refusal that says something.
func wantRefused(t *testing.T, err error, saying string) {
	t.Helper()
	var refused staff.Refused
	if !errors.As(err, &refused) || !strings.Contains(refused.Reason, saying) {
		t.Errorf("refused with %v, want a reason that says %q", err, saying)
	}
}

func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	if err := h.db.QueryRow(h.t.Context(), query, args...).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func with(values url.Values, name, value string) url.Values {
	values.Set(name, value)
	return values
}
