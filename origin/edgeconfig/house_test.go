package edgeconfig_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// now is a Saturday in November, when London keeps GMT and New York EST.
var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var settings = edgeconfig.Settings{
	Domain: "localhost", GroupAliases: []string{"localhost"},
	Origins:       []site.Pool{{ID: "local", BaseURL: "http://127.0.0.1:8788", Weight: 1}},
	RedirectHosts: []string{"box-office.example"}, SecurityContact: "mailto:security@stagedoor.example",
}

// house is a database with three brands, an editor and a publisher.
type house struct {
	db *pgxpool.Pool
	*edgeconfig.Editor
	*edgeconfig.Publisher
	store *memory
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db := pgtest.Pool(t)
	_, err := db.Exec(t.Context(), `insert into brands (id, name, country, locale, currency, time_zone, theme, is_group) values
		('lyceum', 'Lyceum Theatre', 'GB', 'en-GB', 'GBP', 'Europe/London', '{"background":"#ffffff","ink":"#111111","accent":"#8c1c2b"}', false),
		('shubert', 'Shubert Theatre', 'US', 'en-US', 'USD', 'America/New_York', '{}', false),
		('stagedoor', 'Stagedoor', 'GB', 'en-GB', 'GBP', 'Europe/London', '{}', true)`)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return now }
	store := &memory{values: map[string][]byte{}}
	return &house{
		db: db, store: store,
		Editor: &edgeconfig.Editor{DB: db, Settings: settings, Now: clock},
		Publisher: &edgeconfig.Publisher{DB: db, Store: store, Settings: settings, Now: clock,
			Logger: slog.New(slog.DiscardHandler), Pause: func(time.Duration) {}},
	}
}

func (h *house) publish(t *testing.T) edgeconfig.Report {
	t.Helper()
	report, err := h.Publish(t.Context(), edgeconfig.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// published decodes a document as the edge would.
func (h *house) published(t *testing.T, host string) *site.Site {
	t.Helper()
	s, err := site.Decode(h.store.values[site.Key(host)])
	if err != nil {
		t.Fatalf("%s: %v", host, err)
	}
	return s
}

func (h *house) audited(t *testing.T, brandID string) []string {
	t.Helper()
	rows, err := h.db.Query(t.Context(), "select actor || ' ' || action from staff_audit where target = 'site:' || $1 order by id", brandID)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		list = append(list, line)
	}
	return list
}

// memory is a Store whose refusals a test arranges.
type memory struct {
	mu      sync.Mutex
	values  map[string][]byte
	puts    int
	refuse  []string // keys not taken the next time
	down    int      // how many of the next puts fail
	deleted []string
	order   []string // keys as they were written
	// refusePrefix is that of keys which are never taken.
	refusePrefix string
}

func (m *memory) Name() string { return "memory" }

func (m *memory) Get(_ context.Context, key string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, found := m.values[key]
	return value, found, nil
}

func (m *memory) Keys(_ context.Context, prefix string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []string
	for key := range m.values {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

func (m *memory) Put(_ context.Context, entries []edgeconfig.Entry) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.puts++
	if m.down > 0 {
		m.down--
		return nil, errors.New("the store is down")
	}
	failed := m.refuse
	m.refuse = nil
	for _, e := range entries {
		if m.refusePrefix != "" && strings.HasPrefix(e.Key, m.refusePrefix) {
			failed = append(failed, e.Key)
		}
	}
	for _, e := range entries {
		if !slices.Contains(failed, e.Key) {
			m.values[e.Key] = e.Value
			m.order = append(m.order, e.Key)
		}
	}
	return failed, nil
}

func (m *memory) Delete(_ context.Context, keys []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deleted = append(m.deleted, keys...)
	maps.DeleteFunc(m.values, func(key string, _ []byte) bool { return slices.Contains(keys, key) })
	return nil
}
