package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// What came of a delivery that is done.
const (
	outcomeApplied    = "applied"
	outcomeOlder      = "older"      // than what was applied before, or the same
	outcomeSuperseded = "superseded" // by a newer change, while it waited
	outcomeNothing    = "nothing"    // it changes nothing for the public
)

// job is one delivery in the hands of one worker, within a transaction that holds its entry's lock.
type job struct {
	*Intake
	tx       pgx.Tx
	q        *dbsqlc.Queries
	delivery dbsqlc.CmsDelivery
	system   System

	head  *dbsqlc.CmsHead // nil: nothing of the entry was ever applied
	asked *time.Time      // when the API was, if it was
}

// askError says that the system's API could not be asked.
type askError struct{ error }

func (e *askError) Unwrap() error { return e.error }

// do acts upon the delivery. An error rolls everything back.
func (j *job) do(ctx context.Context) error {
	d := j.delivery
	head, err := j.q.CmsHead(ctx, dbsqlc.CmsHeadParams{Source: d.Source, EntryID: d.EntryID})
	if err == nil {
		j.head = &head
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return written(err)
	}
	var header map[string]string
	if err := json.Unmarshal(d.Header, &header); err != nil {
		return fmt.Errorf("header of delivery %d: %w", d.ID, err)
	}
	ctx, span := j.tracer.Start(traceparent.Extract(ctx, propagation.MapCarrier(header)), "apply what "+d.Source+" told", trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(attribute.String("stagedoor.cms.entry", d.EntryID), attribute.Int64("stagedoor.cms.delivery", d.ID)))
	defer span.End()
	message, err := j.system.Read(wire.Envelope{Topic: d.Topic, Header: header, Body: d.Body})
	switch {
	case err != nil:
		return j.park(ctx, cms.Change{}, reason(err), []Fault{{Why: reason(err)}})
	case message.Nothing != "":
		return j.finish(ctx, outcomeNothing, cms.Change{Kind: message.Kind})
	}
	change, err := j.settle(ctx, message)
	switch {
	case errors.Is(err, errUnreadable):
		return j.park(ctx, cms.Change{Kind: message.Kind}, err.Error(), []Fault{{Why: err.Error()}})
	case err != nil:
		return err
	case change == nil:
		return j.finish(ctx, outcomeNothing, cms.Change{Kind: message.Kind, Action: cms.Unpublish})
	}
	return j.apply(ctx, *change)
}

// errUnreadable says that a delivery cannot be understood, and that trying again does not help.
var errUnreadable = errors.New("the delivery says too little")

// lateAfter is how old a publication may be when its webhook arrives, before it is asked about if nothing public is known
// of its entry: the news of its end may have been lost before a sweep that had not heard of it either.
const lateAfter = 10 * time.Minute

// settle finds out what to apply; nil: nothing. Where a message does not say it all, or might be older than the entry's
// end, the system is asked: what its API says is how things are now.
func (j *job) settle(ctx context.Context, m wire.Message) (*cms.Change, error) {
	ended := j.head != nil && j.head.Gone
	late := j.delivery.Way == wayWebhook && m.Action == cms.Publish && j.delivery.ReceivedAt.Sub(m.Stamp.At) > lateAfter
	again := m.Doubtful && j.sameMoment(m, m.Stamp)
	ask := m.Change == nil || m.Partial || again || m.Doubtful && ended || late && (ended || j.head == nil)
	api := j.system.API()
	switch {
	case !ask:
		return m.Change, nil
	case api == nil && m.Change != nil:
		if again { // the order in which they came is all there is to go by
			m.Change.Stamp = next(stampOf(j.head))
		}
		return m.Change, nil
	case api == nil && m.Action == cms.Publish:
		return nil, fmt.Errorf("%w: it has an ID alone, and no API of %s is configured that could be asked for the rest", errUnreadable, j.system.Source())
	case api == nil:
		return j.gone(m), nil
	}
	at := j.now()
	j.asked = &at
	envelope, found, err := api.Entry(ctx, m.EntryID)
	if err != nil {
		j.cfg.Metrics.asked.WithLabelValues(j.delivery.Source, "failed").Inc()
		return nil, &askError{fmt.Errorf("ask for entry %s: %w", m.EntryID, err)}
	}
	if !found {
		j.cfg.Metrics.asked.WithLabelValues(j.delivery.Source, "gone").Inc()
		if m.Action == cms.Publish {
			if err := j.doubt(ctx, api, m); err != nil {
				return nil, err
			}
		}
		return j.gone(m), nil
	}
	j.cfg.Metrics.asked.WithLabelValues(j.delivery.Source, "found").Inc()
	whole, err := j.system.Read(envelope)
	if err != nil {
		return nil, fmt.Errorf("%w: what the API answers for it: %w", errUnreadable, err)
	}
	if whole.Nothing != "" || whole.Change == nil {
		return nil, nil
	}
	change := whole.Change
	if j.sameMoment(m, change.Stamp) {
		change.Stamp = next(stampOf(j.head))
	}
	if head := j.head; head != nil && head.Gone && !change.Stamp.After(stampOf(head)) {
		// It was gone and is back without its own clock having moved on: as when the API had lagged behind.
		change.Stamp = next(stampOf(head))
	}
	return change, nil
}

// sameMoment says that a webhook tells of a publication which has the time of the one that was applied last, and that the
// system has nothing but the time to tell the two apart: an editor who corrects something at once may be as quick as its
// clock. What its API says now is then newer.
func (j *job) sameMoment(m wire.Message, s cms.Stamp) bool {
	return j.head != nil && !j.head.Gone && j.delivery.Way == wayWebhook && m.Action == cms.Publish && s.Revision == 0 && s.At.Equal(j.head.StampAt)
}

// surelyGone is how often an API must say that it does not know an entry whose publishing the system told of, for about a
// minute, before it is believed.
const surelyGone = 6

// doubt is an error while the API is not to be believed that an entry is gone which the system says was published: a
// replica of it may be behind, and where the address is wrong it knows of nothing at all. To believe it takes a show off
// sale.
func (j *job) doubt(ctx context.Context, api wire.API, m wire.Message) error {
	if j.delivery.Attempts+1 < surelyGone {
		return &askError{fmt.Errorf("ask for entry %s: it was published and the API does not know it yet", m.EntryID)}
	}
	if _, err := api.Changes(ctx, ""); err != nil {
		return &askError{fmt.Errorf("ask for entry %s: the API does not know it, and lists nothing: %w", m.EntryID, err)}
	}
	return nil
}

// gone is the change by which an entry ends. Its place in time is right behind the last that was applied: the system
// tells no other. nil: it was gone before.
func (j *job) gone(m wire.Message) *cms.Change {
	change := &cms.Change{Source: j.system.Source(), ID: m.EntryID, Kind: m.Kind, Action: cms.Unpublish}
	if m.Action == cms.Delete {
		change.Action = cms.Delete
	}
	if j.head == nil {
		change.Stamp = cms.Stamp{At: time.Unix(0, 0).UTC()} // before anything it may still say
		return change
	}
	if j.head.Gone && change.Action != cms.Delete {
		return nil
	}
	if change.Kind == "" {
		change.Kind = cms.Kind(j.head.Kind)
	}
	change.Stamp = next(stampOf(j.head))
	return change
}

func stampOf(head *dbsqlc.CmsHead) cms.Stamp {
	return cms.Stamp{At: head.StampAt, Revision: head.StampRevision}
}

func next(s cms.Stamp) cms.Stamp { return cms.Stamp{At: s.At, Revision: s.Revision + 1} }

// apply makes the change part of the house and finishes the delivery, in one transaction.
func (j *job) apply(ctx context.Context, change cms.Change) error {
	if change.Kind == "" && j.head != nil {
		change.Kind = cms.Kind(j.head.Kind)
	}
	if change.Kind == "" { // the end of something of which nothing is known; only that is noted
		return j.finish(ctx, outcomeNothing, change)
	}
	outcome := outcomeApplied
	if j.head != nil && !change.Stamp.After(stampOf(j.head)) {
		outcome = outcomeOlder
	}
	if outcome == outcomeOlder && j.head.Kind == "" { // nobody was told of its end, which was later
		return j.finish(ctx, outcome, change)
	}
	j.step("before apply")
	err := pgx.BeginFunc(ctx, j.tx, func(tx pgx.Tx) error { return j.cfg.Applier.Apply(ctx, tx, change) })
	var invalid *InvalidError
	switch {
	case errors.As(err, &invalid):
		return j.park(ctx, change, invalid.Error(), invalid.Faults)
	case err != nil:
		return err
	}
	j.step("applied")
	return j.finish(ctx, outcome, change)
}

// finish writes down what came of the delivery, and what follows from it for others.
func (j *job) finish(ctx context.Context, outcome string, change cms.Change) error {
	d, now := j.delivery, j.now()
	done := dbsqlc.FinishDeliveryParams{ID: d.ID, Now: now, Outcome: outcome, Kind: string(change.Kind)}
	if !change.Stamp.At.IsZero() {
		done.StampAt, done.StampRevision = &change.Stamp.At, change.Stamp.Revision
		err := j.q.SetCmsHead(ctx, dbsqlc.SetCmsHeadParams{
			Source: d.Source, EntryID: d.EntryID, Kind: string(change.Kind), Gone: change.Action != cms.Publish,
			StampAt: change.Stamp.At, StampRevision: change.Stamp.Revision, Now: now,
		})
		if err != nil {
			return written(err)
		}
		if _, err := j.q.SupersedeStamped(ctx, dbsqlc.SupersedeStampedParams{
			Source: d.Source, EntryID: d.EntryID, ID: d.ID, Now: now, StampAt: change.Stamp.At, StampRevision: change.Stamp.Revision,
		}); err != nil {
			return written(err)
		}
	}
	if j.asked != nil {
		if _, err := j.q.SupersedeAsked(ctx, dbsqlc.SupersedeAskedParams{Source: d.Source, EntryID: d.EntryID, ID: d.ID, Now: now, AskedAt: *j.asked}); err != nil {
			return written(err)
		}
	}
	if outcome == outcomeApplied {
		woken, err := j.q.WakeWaiting(ctx, dbsqlc.WakeWaitingParams{Source: d.Source, EntryID: d.EntryID, Now: now})
		if err != nil {
			return written(err)
		}
		if woken > 0 {
			defer j.rouse(d.Source)
		}
		j.cfg.Metrics.delay.WithLabelValues(d.Source, d.Way).Observe(seconds(now.Sub(d.ReceivedAt)))
		if d.Way == waySweep {
			j.cfg.Metrics.found.WithLabelValues(d.Source).Inc()
		}
	}
	j.cfg.Metrics.outcomes.WithLabelValues(d.Source, outcome).Inc()
	return written(j.q.FinishDelivery(ctx, done))
}

// storable cuts text down to what Postgres takes as text.
func storable(text string) string {
	const most = 4000
	text = strings.ReplaceAll(text, "\x00", "\uFFFD")
	return strings.ToValidUTF8(text[:min(len(text), most)], "\uFFFD")
}
