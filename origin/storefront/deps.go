package storefront

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/poster"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/search/index"
)

// Shows is what pages read of the house; a show.Repository is one.
type Shows interface {
	Brands(ctx context.Context) ([]venue.Brand, error)
	Venue(ctx context.Context, brandID string) (venue.Venue, error)
	Venues(ctx context.Context) ([]venue.Venue, error)
	Productions(ctx context.Context, brandID string, from time.Time) ([]show.Listing, error)
	Production(ctx context.Context, brandID, slug string, from time.Time) (show.Listing, error)
	Performances(ctx context.Context, productionID uuid.UUID, from time.Time) ([]show.Performance, error)
	Performance(ctx context.Context, id uuid.UUID) (show.Detail, error)
	Plan(ctx context.Context, id uuid.UUID) (*venue.Plan, error)
}

// Holds is what pages do with holds; a hold.Service is one.
type Holds interface {
	Acquire(ctx context.Context, request hold.Request) (hold.Hold, error)
	Best(ctx context.Context, request hold.BestRequest) (hold.Hold, error)
	Get(ctx context.Context, id string) (hold.Hold, error)
	Extend(ctx context.Context, id, session string) (hold.Hold, error)
	Release(ctx context.Context, id, session string) error
	Snapshot(ctx context.Context, performanceID uuid.UUID) (hold.Snapshot, error)
}

// Orders is what pages read of orders, and what must happen to an order when its hold changes; a booking.Service
// is one.
type Orders interface {
	Order(ctx context.Context, number, key string) (booking.Order, error)
	OrderOf(ctx context.Context, number, session string) (booking.Order, error)
	OrderOfHold(ctx context.Context, holdID, session string) (booking.Order, error)
	AccessKey(orderID uuid.UUID) string
	GiveUp(ctx context.Context, holdID, session string) error
	AcceptOffer(ctx context.Context, order booking.Order, actor string) error
	DeclineOffer(ctx context.Context, order booking.Order, actor string) error
	QuoteRefund(ctx context.Context, r booking.SeatsBack) (booking.Returned, error)
	RefundSeats(ctx context.Context, r booking.SeatsBack) (booking.Returned, error)
	Exchangeable(ctx context.Context, orderID uuid.UUID, seats []string) ([]booking.Seat, int64, error)
	QuoteExchange(ctx context.Context, e booking.ExchangeSeats) (booking.ExchangeQuote, error)
	Exchange(ctx context.Context, e booking.ExchangeSeats) (booking.Placed, error)
	Resend(ctx context.Context, order booking.Order) error
	Superseded(ctx context.Context, performanceID uuid.UUID, session, holdID string) error
	Extended(ctx context.Context, holdID string, expiresAt time.Time) error
}

// Customers is what buyers may do with what is kept of them; a customer.Desk is one.
type Customers interface {
	AskForLink(ctx context.Context, brandID, email, client string) error
	Good(ctx context.Context, brandID, word string) error
	Open(ctx context.Context, brandID, word string) (visit string, err error)
	Who(ctx context.Context, brandID, visit string) (email string, err error)
	SignOut(ctx context.Context, brandID, visit string) error
	OrdersOf(ctx context.Context, brandID, email string) ([]customer.Entry, error)
	CopyOf(ctx context.Context, email string) (customer.Copy, error)
	BusinessOf(ctx context.Context, email string) (customer.Business, error)
	Count(ctx context.Context, email string) (int, error)
	Erase(ctx context.Context, brandID, email string, confirmed bool) (int, error)
}

// Searcher finds shows; an index.Searcher is one.
type Searcher interface {
	Search(ctx context.Context, query index.Query) (index.Results, error)
}

// Printer draws posters; a poster.Printer is one.
type Printer interface {
	SVG(p poster.Poster) []byte
	Landscape(p poster.Poster) []byte
}

// Deps is what the storefront is made of. All but those from Now on must be set.
type Deps struct {
	Shows  Shows
	Holds  Holds
	Orders Orders
	// Customers answers buyers about themselves.
	Customers Customers
	Search    Searcher
	Posters   Printer
	Logger    *slog.Logger
	MaxSeats  int // the most seats a hold can have, as the API says

	// Reading is what editors write besides shows; nil: nothing is written.
	Reading Reading
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// BrandOrigin is the public scheme and host of a brand's site, without a slash. Nil: the site being served with
	// its first label replaced, so that shubert is at http://shubert.localhost:8787 next to http://lyceum.localhost:8787.
	BrandOrigin func(ctx context.Context, brandID string) string
	// CheckoutPass makes the signed cookie that lets a visitor finish paying during maintenance (edge/checkout). Nil:
	// there is none.
	CheckoutPass func(siteID string, expires time.Time, secure bool) (*http.Cookie, error)
	// Completed, when set, is told that somebody sees their paid order.
	Completed func(ctx context.Context, performanceID uuid.UUID, ordered time.Time)
	// TicketFiles are the forms in which tickets are kept besides the page.
	TicketFiles TicketFiles
	// Practice says that no real money moves: every page says so.
	Practice bool
	// Timeout bounds the work for one page; 8 seconds when zero.
	Timeout time.Duration
}

// validate reports everything that is missing.
func (d Deps) validate() error {
	var missing []error
	for name, there := range map[string]bool{
		"Shows": d.Shows != nil, "Holds": d.Holds != nil, "Orders": d.Orders != nil, "Customers": d.Customers != nil, "Search": d.Search != nil,
		"Posters": d.Posters != nil, "Logger": d.Logger != nil, "MaxSeats": d.MaxSeats > 0,
	} {
		if !there {
			missing = append(missing, errors.New("storefront: Deps."+name+" is not set"))
		}
	}
	return errors.Join(missing...)
}
