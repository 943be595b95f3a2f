package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment"
	"github.com/stagedoor/stagedoor/origin/payment/stripe"
	"github.com/stagedoor/stagedoor/origin/postgres"
)

// webhookPatience bounds the storing of a webhook: the provider repeats what is not answered.
const webhookPatience = 10 * time.Second

// Events takes in what the payment provider tells. A booking.Service does.
type Events interface {
	Receive(ctx context.Context, event payment.Event) error
}

// WebhookDeps is what the webhook is made of. All but the last two must be set.
type WebhookDeps struct {
	Events Events
	// Secret is the endpoint's signing secret. It is read for every request, so that it may change.
	Secret func() string
	Logger *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Tolerance is how old a signature may be; Stripe's five minutes when zero.
	Tolerance time.Duration
}

// NewWebhook makes the handler of POST /webhooks/stripe. It verifies the signature over the raw body, stores the
// event and answers 200; the event is acted upon afterwards. It stands outside the API: the provider comes without
// the edge's signature, a session or an origin.
//
// 400 answers what is not signed by the provider, or not now; 503 what could not be stored, so that the provider
// sends it again.
func NewWebhook(deps WebhookDeps) (http.Handler, error) {
	if deps.Events == nil || deps.Secret == nil || deps.Logger == nil {
		return nil, errors.New("api: Events, Secret and Logger are needed")
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Tolerance == 0 {
		deps.Tolerance = stripe.DefaultTolerance
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			answer(w, http.StatusMethodNotAllowed, "POST only")
			return
		}
		ctx, cancel := context.WithTimeout(postgres.Impatient(r.Context(), databasePatience), webhookPatience)
		defer cancel()
		event, err := read(deps, w, r)
		if err != nil {
			deps.Logger.WarnContext(ctx, "webhook refused", "error", err.Error())
			answer(w, http.StatusBadRequest, "not a message we can accept")
			return
		}
		if err := deps.Events.Receive(ctx, event); err != nil {
			deps.Logger.ErrorContext(ctx, "webhook not stored", "event", event.ID, "kind", string(event.Kind), "error", err.Error())
			w.Header().Set("Retry-After", "5")
			answer(w, http.StatusServiceUnavailable, "try again")
			return
		}
		answer(w, http.StatusOK, "thank you")
	}), nil
}

func read(deps WebhookDeps, w http.ResponseWriter, r *http.Request) (payment.Event, error) {
	body, err := stripe.ReadWebhook(w, r)
	if err != nil {
		return payment.Event{}, err
	}
	return stripe.ParseWebhook(body, r.Header.Get(stripe.SignatureHeader), deps.Secret(), deps.Now(), deps.Tolerance)
}

func answer(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}
