package intake

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagedoor/stagedoor/origin/cms/wire"
	"github.com/stagedoor/stagedoor/origin/postgres"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// traceparent carries a trace from a webhook to the worker, in the header that is kept of it.
var traceparent = propagation.TraceContext{}

// The ways by which something is told.
const (
	wayWebhook = "webhook"
	waySweep   = "sweep"
)

// How long storing may take before the sender is told to come again: each statement, and all of it.
const (
	databasePatience = 3 * time.Second
	storingPatience  = 10 * time.Second
)

// refusal is an answer to a delivery that is not taken.
type refusal struct {
	status int
	result string // for the metrics
	title  string
	detail string
}

// Listener answers a system's webhooks. It stores what is the system's own and changes something for the public, and
// answers before anything is done about it:
//
//	202 it is stored           200 it is known already       204 it changes nothing: a draft, an asset
//	400 it cannot be read      401 not signed, or too old    405, 408, 413 not a POST, too slow, or too long
//	429, 503 it could not be read or stored just now: send it again
//
// A refusal is a problem+json (RFC 9457) and leaves nothing behind.
func (n *Intake) Listener(system System) http.Handler {
	source := string(system.Source())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ctx := traceparent.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := n.tracer.Start(ctx, "POST /webhooks/"+source, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		status, result, err := n.accept(system, w, r.WithContext(ctx))
		n.cfg.Metrics.webhooks.WithLabelValues(source, result).Inc()
		if err != nil {
			n.cfg.Logger.LogAttrs(r.Context(), level(status), "content webhook not taken", slog.String("source", source), slog.String("result", result), slog.String("error", err.Error()))
			return
		}
		n.cfg.Metrics.acceptTime.WithLabelValues(source).Observe(seconds(time.Since(began)))
	})
}

func level(status int) slog.Level {
	if status >= 500 {
		return slog.LevelError
	}
	return slog.LevelWarn
}

func (n *Intake) accept(system System, w http.ResponseWriter, r *http.Request) (int, string, error) {
	w.Header().Set("Cache-Control", "no-store")
	// What is refused unread is not waited for either; net/http reads some of it away before it answers.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(n.bodies.grace))
	refuse := func(why refusal, err error) (int, string, error) {
		why.write(w, r)
		return why.status, why.result, err
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return refuse(refusal{http.StatusMethodNotAllowed, "refused_method", "Webhooks are posted", "Send the webhook with POST."}, errors.New(r.Method))
	}
	if err := system.Presented(r.Header, n.now()); err != nil {
		return refuse(unproven(err), err)
	}
	body, err := n.read(w, r)
	if err != nil {
		return refuse(unread(w, err), err)
	}
	if err := system.Verify(wire.Request{Method: r.Method, URI: r.RequestURI, Header: r.Header, Body: body}, n.now()); err != nil {
		return refuse(unproven(err), err)
	}
	envelope := system.Keep(r.Header, body)
	traceparent.Inject(r.Context(), propagation.MapCarrier(envelope.Header)) // the worker goes on with it
	message, err := system.Read(envelope)
	switch {
	case err != nil:
		return refuse(refusal{http.StatusBadRequest, "refused_malformed", "Not what a webhook of this system looks like", reason(err)}, err)
	case message.Sweep && system.API() != nil:
		return n.acceptSweep(system, w, r)
	case message.Nothing != "":
		w.WriteHeader(http.StatusNoContent)
		return http.StatusNoContent, "ignored", nil
	}
	ctx, cancel := context.WithTimeout(postgres.Impatient(r.Context(), databasePatience), storingPatience)
	defer cancel()
	fresh, err := n.store(ctx, dbsqlc.New(n.cfg.DB), system, wayWebhook, envelope, message)
	if err != nil {
		w.Header().Set("Retry-After", "5")
		return refuse(refusal{http.StatusServiceUnavailable, "failed", "Not stored", "It could not be stored just now. Send it again."}, err)
	}
	if !fresh {
		w.WriteHeader(http.StatusOK)
		return http.StatusOK, "repeated", nil
	}
	n.rouse(string(system.Source()))
	w.WriteHeader(http.StatusAccepted)
	return http.StatusAccepted, "accepted", nil
}

// read reads a body of which nothing is known yet.
func (n *Intake) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > MostBody { // why read it
		return nil, &http.MaxBytesError{Limit: MostBody}
	}
	in, err := n.bodies.enter(w, r)
	if err != nil {
		return nil, err
	}
	defer n.bodies.leave(in)
	body, err := io.ReadAll(in)
	if err == nil { // otherwise the deadline stays: the rest is not waited for when the answer is sent
		_ = in.control.SetReadDeadline(time.Time{})
	}
	return body, err
}

// unread is the answer where a body was not read. Contentful sends again what was answered with 429 or 503, Umbraco all.
func unread(w http.ResponseWriter, err error) refusal {
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return refusal{http.StatusRequestEntityTooLarge, "refused_large", "Too long", fmt.Sprintf("A webhook may have %d bytes at most.", MostBody)}
	case errors.Is(err, errTooMany):
		w.Header().Set("Retry-After", "5")
		return refusal{http.StatusServiceUnavailable, "failed", "Not read", "Too many webhooks are arriving just now. Send it again."}
	case errors.Is(err, errGaveWay):
		w.Header().Set("Retry-After", "5")
		return refusal{http.StatusTooManyRequests, "refused_crowd", "Not read to its end", "Too many webhooks are arriving just now, and this one was slow. Send it again."}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refusal{http.StatusRequestTimeout, "refused_slow", "Too slow", "The body did not keep coming. Send it again, and faster."}
	}
	return refusal{http.StatusBadRequest, "refused_malformed", "Not read to its end", "The body did not arrive as it was announced."}
}

// unproven is the answer where nothing shows that the system is the sender.
func unproven(err error) refusal {
	if errors.Is(err, wire.ErrStale) {
		return refusal{http.StatusUnauthorized, "refused_stale", "Signed at another time", "The signature is too old, or ahead of our clock. Send it anew."}
	}
	return refusal{http.StatusUnauthorized, "refused_signature", "Not signed by the content system", "The signature or token is missing or wrong. Nothing was kept."}
}

// acceptSweep has the system swept soon, which is what a webhook of several entries comes to.
func (n *Intake) acceptSweep(system System, w http.ResponseWriter, r *http.Request) (int, string, error) {
	ctx, cancel := context.WithTimeout(postgres.Impatient(r.Context(), databasePatience), storingPatience)
	defer cancel()
	if err := n.SweepSoon(ctx, system); err != nil {
		w.Header().Set("Retry-After", "5")
		why := refusal{http.StatusServiceUnavailable, "failed", "Not stored", "It could not be noted just now. Send it again."}
		why.write(w, r)
		return why.status, why.result, err
	}
	w.WriteHeader(http.StatusAccepted)
	return http.StatusAccepted, "accepted", nil
}

// reason is an error's text as far as it may be shown: what is wrong with the sender's own message.
func reason(err error) string {
	text := err.Error()
	return text[:min(len(text), 500)]
}

// store keeps a delivery; false: it was there already.
func (n *Intake) store(ctx context.Context, q *dbsqlc.Queries, system System, way string, e wire.Envelope, m wire.Message) (bool, error) {
	header, err := json.Marshal(e.Header)
	if err != nil {
		return false, fmt.Errorf("intake: header: %w", err)
	}
	if e.Header == nil {
		header = []byte("{}")
	}
	row := dbsqlc.StoreDeliveryParams{
		Source: string(system.Source()), Way: way, Dedup: m.Dedup, Topic: e.Topic, EntryID: m.EntryID, Kind: string(m.Kind),
		Header: header, Body: e.Body, ReceivedAt: n.now(),
	}
	if row.Dedup == "" {
		row.Dedup = "each:" + rand.Text()
	}
	if m.Change != nil {
		row.StampAt, row.StampRevision = &m.Stamp.At, m.Stamp.Revision
	}
	stored, err := q.StoreDelivery(ctx, row)
	if err != nil {
		return false, fmt.Errorf("intake: store a delivery: %w", err)
	}
	return stored > 0, nil
}

// write answers with a problem+json.
func (f refusal) write(w http.ResponseWriter, r *http.Request) {
	body, _ := json.Marshal(struct { // of texts and a number: it can be marshalled
		Type     string `json:"type"`
		Title    string `json:"title"`
		Status   int    `json:"status"`
		Detail   string `json:"detail"`
		Instance string `json:"instance"`
		Code     string `json:"code"`
	}{"about:blank", f.title, f.status, f.detail, r.URL.Path, f.result})
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(f.status)
	_, _ = w.Write(body)
}
