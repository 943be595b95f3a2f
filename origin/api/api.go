package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/api/seatstream"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/venue"
	"github.com/stagedoor/stagedoor/search/index"
)

// Shows is what there is to see. A show.Repository is one.
type Shows interface {
	Productions(ctx context.Context, brandID string, from time.Time) ([]show.Listing, error)
	Production(ctx context.Context, brandID, slug string, from time.Time) (show.Listing, error)
	Performances(ctx context.Context, productionID uuid.UUID, from time.Time) ([]show.Performance, error)
	Performance(ctx context.Context, id uuid.UUID) (show.Detail, error)
	Plan(ctx context.Context, id uuid.UUID) (*venue.Plan, error)
}

// Holds keeps seats by the rules of the house. A hold.Service does.
type Holds interface {
	hold.Store
	Best(ctx context.Context, request hold.BestRequest) (hold.Hold, error)
}

// Orders places and reads orders. A booking.Service is one.
type Orders interface {
	Place(ctx context.Context, p booking.PlaceOrder) (booking.Placed, error)
	Quote(ctx context.Context, p booking.PlaceOrder) (booking.Quote, error)
	Order(ctx context.Context, number, key string) (booking.Order, error)
	OrderOf(ctx context.Context, number, session string) (booking.Order, error)
	ClientSecret(ctx context.Context, order booking.Order) (string, error)
	GiveUp(ctx context.Context, holdID, session string) error
	Extended(ctx context.Context, holdID string, expiresAt time.Time) error
	Superseded(ctx context.Context, performanceID uuid.UUID, session, holdID string) error
}

// Search finds shows. An index.Searcher is one.
type Search interface {
	Search(ctx context.Context, q index.Query) (index.Results, error)
}

// TicketKeys lists the keys that tickets are signed with. A ticket.Keyring is one.
type TicketKeys interface{ Public() []ticket.PublicKey }

// Repeats makes requests that carry a key happen once. idempotency.Keys does.
type Repeats interface {
	Do(ctx context.Context, scope, key string, request any, work func(context.Context) (any, idempotency.Outcome, error)) (answer json.RawMessage, replayed bool, err error)
}

// Deps is what the API is made of. All but the last three must be set, save Search: without it searching answers 503.
type Deps struct {
	Shows   Shows
	Holds   Holds
	Feed    hold.Feed
	Orders  Orders
	Search  Search
	Keys    TicketKeys
	Repeats Repeats
	// PublishableKey and PaymentScript are what a page needs to show the provider's card form.
	PublishableKey string
	PaymentScript  string
	Logger         *slog.Logger

	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// MaxSeats is how many seats a hold may have; 12 when zero, as in hold/holdredis.
	MaxSeats int
	// Streams bounds the seat streams open at a time; 25,000 when zero.
	Streams int
	// Completed, when set, is told that somebody sees their paid order.
	Completed func(ctx context.Context, performanceID uuid.UUID, ordered time.Time)
}

// Bounds on how long things take.
const (
	handlerPatience = 15 * time.Second // a request that is not a stream; creating a payment is the slowest
	// databasePatience is what a step at the database may take: under contention locks are queued for, but a server that
	// is frozen answers nothing at all.
	databasePatience = 4 * time.Second
	performanceKept  = 5 * time.Second // how old what is known of a performance may be
)

// server implements apigen.StrictServerInterface. Its handlers stand in one file a resource.
type server struct {
	Deps
	performances *recent[show.Detail]
	plans        *recent[*servedPlan]
	streams      *streams
	seats        *seatstream.Hub
}

// New makes the handler of everything below /api/. It wants requests that passed session.OnlyFromEdge and
// session.Visitor: the brand, its public origin and the visitor are read from the context. The webhook of the payment
// provider is another handler, NewWebhook.
func New(deps Deps) (http.Handler, error) {
	if deps.Shows == nil || deps.Holds == nil || deps.Feed == nil || deps.Orders == nil || deps.Keys == nil || deps.Repeats == nil || deps.Logger == nil {
		return nil, errors.New("api: Shows, Holds, Feed, Orders, Keys, Repeats and Logger are needed")
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	deps.MaxSeats = cmp.Or(deps.MaxSeats, 12)
	s := &server{
		Deps:         deps,
		performances: &recent[show.Detail]{keep: performanceKept, most: 10_000, now: deps.Now},
		plans:        &recent[*servedPlan]{keep: 24 * time.Hour, most: 64, now: deps.Now},
		streams:      newStreams(cmp.Or(deps.Streams, 25_000)),
		seats:        seatstream.New(seatstream.Config{Seats: deps.Holds, Feed: deps.Feed, Logger: deps.Logger}),
	}
	mux := http.NewServeMux()
	strict := apigen.NewStrictHandlerWithOptions(s, []apigen.StrictMiddlewareFunc{bounded}, apigen.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  func(w http.ResponseWriter, r *http.Request, err error) { unreadable(err).write(w, r) },
		ResponseErrorHandlerFunc: s.fail,
	})
	apigen.HandlerWithOptions(strict, apigen.StdHTTPServerOptions{
		BaseURL: "/api/v1", BaseRouter: mux,
		ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) { unreadable(err).write(w, r) },
	})
	if err := mountDocs(mux); err != nil {
		return nil, fmt.Errorf("api: docs: %w", err)
	}
	mux.HandleFunc("/", nowhere(mux))
	return gate(mux), nil
}

// bounded gives every request but a stream a limited time, and every request a limited time at the database.
func bounded(next apigen.StrictHandlerFunc, operation string) apigen.StrictHandlerFunc {
	if operation == "StreamPerformanceSeats" {
		return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
			if r.Method == http.MethodHead { // which asks for the header of something that has no end
				w.Header().Set("Content-Type", "text/event-stream")
				w.WriteHeader(http.StatusOK)
				return nil, nil
			}
			return next(postgres.Impatient(ctx, databasePatience), w, r, request)
		}
	}
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		ctx, cancel := context.WithTimeout(postgres.Impatient(ctx, databasePatience), handlerPatience)
		defer cancel()
		return next(ctx, w, r, request)
	}
}

// fail answers with what an error means, and logs what a person should look at.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := translate(err)
	ctx := r.Context()
	switch {
	case ctx.Err() != nil: // nobody is waiting for the answer
	case p.code == codeInternal:
		s.Logger.ErrorContext(ctx, "request failed", "method", r.Method, "path", r.URL.Path, "error", err.Error())
	case kinds[p.code].Status >= http.StatusInternalServerError:
		s.Logger.WarnContext(ctx, "request could not be served", "method", r.Method, "path", r.URL.Path, "code", string(p.code), "error", err.Error())
	}
	p.write(w, r)
}

// nowhere answers what no route matches: 405 with Allow when another method would, else 404.
func nowhere(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		other := *r
		var allow []string
		for _, other.Method = range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
			if _, pattern := mux.Handler(&other); pattern != "/" && pattern != "" {
				allow = append(allow, other.Method)
			}
		}
		if allow != nil {
			w.Header().Set("Allow", strings.Join(allow, ", "))
			(&problem{code: codeMethodNotAllowed}).write(w, r)
			return
		}
		(&problem{code: codeNotFound}).write(w, r)
	}
}
