package storefront_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/api"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/browsertest"
	"github.com/stagedoor/stagedoor/origin/session"
	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/search/index"
)

// TestInABrowser looks at the pages in Chromium with the real API behind them: axe finds nothing, nothing moves or
// breaks the Content-Security-Policy, seats are chosen by mouse, finger, keyboard and list, and two visitors see each
// other. The tests are in browser_test.mjs. SCREENSHOTS=folder keeps pictures of every page.
func TestInABrowser(t *testing.T) {
	h := newTheatre(t)
	h.search.results = index.Results{Found: 2, Hits: []index.Hit{hit("lyceum", "hamlet", "Hamlet"), hit("shubert", "candida", "Candida")}}
	h.reading.write()
	server := h.serve(t)
	paid := h.visitor("lyceum")
	h.order(paid, booking.Paid, h.seats(venue.Wheelchair, 1)[0], h.seats(venue.Companion, 1)[0])
	browsertest.Script(t, "browser_test.mjs", "PORT="+server.URL[strings.LastIndexByte(server.URL, ':')+1:],
		"PERFORMANCE="+h.shows.night("lyceum", "hamlet", 1).ID.String(), "ORDER=/orders/LYC-7K4QPWR?key="+accessKey)
}

// serve puts the storefront and the API on a port, with the site taken from the host name and the edge's policy.
func (h *theatre) serve(t *testing.T) *httptest.Server {
	t.Helper()
	calls, err := api.New(api.Deps{
		Shows: h.shows, Holds: h.buyers(), Feed: h.holds, Orders: unpayable{h.orders}, Search: h.search, Keys: noKeys{}, Repeats: once{},
		PublishableKey: "pk_test_none", PaymentScript: "/none", Logger: slog.New(slog.DiscardHandler), Now: h.clock.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", calls)
	mux.Handle("/", h.store)
	visitors := session.Visitor(nil, mux)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site, _, _ := strings.Cut(r.Host, ".")
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'")
		visitors.ServeHTTP(w, r.WithContext(session.WithSite(r.Context(), site, "http://"+r.Host)))
	}))
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	return server
}

// unpayable is a house whose payment provider is away: the checkout's last step is tried elsewhere, with the sandbox.
type unpayable struct{ *ordersDouble }

func (unpayable) Place(context.Context, booking.PlaceOrder) (booking.Placed, error) {
	return booking.Placed{}, booking.ErrPaymentUnavailable
}

func (unpayable) ClientSecret(context.Context, booking.Order) (string, error) {
	return "", booking.ErrNothingToPay
}

type noKeys struct{}

func (noKeys) Public() []ticket.PublicKey { return nil }

// once does what it is told, each time.
type once struct{}

func (once) Do(ctx context.Context, _, _ string, _ any, work func(context.Context) (any, idempotency.Outcome, error)) (json.RawMessage, bool, error) {
	answer, _, err := work(ctx)
	if err != nil {
		return nil, false, err
	}
	text, err := json.Marshal(answer)
	return text, false, err
}
