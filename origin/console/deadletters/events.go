package deadletters

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// event is one that a consumer could not handle.
type event struct {
	Consumer    string
	ID          uuid.UUID
	Subject     string
	Key         string
	Attempts    int
	Reason      string
	Traceparent string
	Sequence    int64
	FailedAt    time.Time // first
	ParkedAt    time.Time
	Payload     []byte
}

// decision is what somebody decided about an event before.
type decision struct {
	Decision string
	Payload  []byte // as it was before
	Reason   string
	By       string
	At       time.Time
}

// parkedEvents lists a page of events, the oldest first: they are what should be looked after first. after is where the
// page before ended.
func (p *Pages) parkedEvents(ctx context.Context, after string) (list []event, next string, err error) {
	at, consumer, id := place(after)
	const sql = `select consumer, event_id, subject, key, attempts, reason, traceparent, stream_seq, first_failed_at, parked_at from bus_failures
		where parked_at is not null and (parked_at, consumer, event_id) > ($1, $2, $3) order by parked_at, consumer, event_id limit $4`
	rows, err := p.DB.Query(ctx, sql, at, consumer, id, perPage+1)
	if err != nil {
		return nil, "", fmt.Errorf("list parked events: %w", err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (event, error) {
		var e event
		return e, row.Scan(&e.Consumer, &e.ID, &e.Subject, &e.Key, &e.Attempts, &e.Reason, &e.Traceparent, &e.Sequence, &e.FailedAt, &e.ParkedAt)
	})
	if err != nil {
		return nil, "", fmt.Errorf("list parked events: %w", err)
	}
	if len(list) > perPage {
		list = list[:perPage]
		last := list[perPage-1]
		next = base64.RawURLEncoding.EncodeToString([]byte(last.ParkedAt.UTC().Format(time.RFC3339Nano) + " " + last.ID.String() + " " + last.Consumer))
	}
	return list, next, nil
}

// place reads where a page begins; what is no place is the beginning.
func place(text string) (at time.Time, consumer string, id uuid.UUID) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.SplitN(string(raw), " ", 3)
	if err != nil || len(parts) != 3 {
		return time.Time{}, "", uuid.Nil
	}
	at, err1 := time.Parse(time.RFC3339Nano, parts[0])
	id, err2 := uuid.Parse(parts[1])
	if errors.Join(err1, err2) != nil || strings.ContainsRune(parts[2], 0) {
		return time.Time{}, "", uuid.Nil
	}
	return at, parts[2], id
}

type eventView struct {
	Event     event
	Body      string // as it is shown, or was typed
	Decisions []decision
	Refusal   string
	Change    bool
	Prove     bool
}

// readEvent is the parked event that the address names; lock keeps others from deciding about it.
func readEvent(ctx context.Context, db interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, consumer string, id uuid.UUID, lock string) (event, error) {
	e := event{Consumer: consumer, ID: id}
	err := db.QueryRow(ctx, `select subject, key, attempts, reason, traceparent, stream_seq, first_failed_at, parked_at, payload from bus_failures
		where consumer = $1 and event_id = $2 and parked_at is not null `+lock, consumer, id).
		Scan(&e.Subject, &e.Key, &e.Attempts, &e.Reason, &e.Traceparent, &e.Sequence, &e.FailedAt, &e.ParkedAt, &e.Payload)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, errGone
	}
	if err != nil {
		return e, fmt.Errorf("read a parked event: %w", err)
	}
	return e, nil
}

func (p *Pages) event(v *frame.Visit) error {
	id, err := uuid.Parse(v.Request().PathValue("id"))
	if err != nil {
		return frame.ErrNotFound
	}
	e, err := readEvent(v.Context(), p.DB, v.Request().PathValue("consumer"), id, "")
	if errors.Is(err, errGone) {
		return frame.ErrNotFound
	}
	if err != nil {
		return err
	}
	return p.showEvent(v, http.StatusOK, eventView{Event: e, Body: pretty(e.Payload)})
}

func (p *Pages) showEvent(v *frame.Visit, status int, view eventView) (err error) {
	view.Change = v.May(staff.ChangeDeadLetters, staff.Group)
	view.Prove = view.Change && !v.Fresh()
	rows, err := p.DB.Query(v.Context(), `select decision, payload, reason, decided_by, decided_at from dead_letters where consumer = $1 and event_id = $2 order by id`, view.Event.Consumer, view.Event.ID)
	if err == nil {
		view.Decisions, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (decision, error) {
			var d decision
			return d, row.Scan(&d.Decision, &d.Payload, &d.Reason, &d.By, &d.At)
		})
	}
	if err != nil {
		return fmt.Errorf("what was decided about an event: %w", err)
	}
	return v.ShowStatus(status, "Event", eventPage(v, view))
}

func eventAddress(consumer string, id uuid.UUID) string {
	return home + "/events/" + escape(consumer) + "/" + id.String()
}

func (p *Pages) decideEvent(v *frame.Visit) error {
	consumer := v.Request().PathValue("consumer")
	id, err := uuid.Parse(v.Request().PathValue("id"))
	if err != nil {
		return frame.ErrNotFound
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	here := eventAddress(consumer, id)
	switch form.Get("do") {
	case "drop":
		if strings.TrimSpace(form.Get("reason")) == "" {
			return v.Done(here, frame.Warn("Nothing was dropped: say why first."))
		}
		if err := p.dropEvent(v, consumer, id, form.Get("reason")); err != nil {
			return p.decided(v, home, err, "")
		}
		return v.Done(home, frame.Good("Dropped. It stays on record, and is not handled any more."))
	case "edit":
		body := []byte(form.Get("body"))
		if !json.Valid(body) || len(body) > bus.MaxPayload {
			e, err := readEvent(v.Context(), p.DB, consumer, id, "")
			if err != nil {
				return p.decided(v, home, err, "")
			}
			reason := "It was not kept: it is not JSON. " + jsonTrouble(body)
			if len(body) > bus.MaxPayload {
				reason = fmt.Sprintf("It was not kept: an event has at most %d bytes.", bus.MaxPayload)
			}
			return p.showEvent(v, http.StatusUnprocessableEntity, eventView{Event: e, Body: string(body), Refusal: reason})
		}
		if err := p.editEvent(v, consumer, id, body); err != nil {
			return p.decided(v, home, err, "")
		}
	}
	err = p.replayEvent(v, consumer, id)
	switch {
	case errors.Is(err, errGone):
		return v.Done(home, frame.Warn("Nothing was done: it does not stand aside any more."))
	case err != nil && v.Context().Err() == nil:
		return v.Done(here, frame.Bad("It failed again: "+err.Error()))
	case err != nil:
		return err
	}
	return v.Done(home, frame.Good("Handled. It does not stand aside any more."))
}

// note keeps how an event was before a decision, and puts the decision into the audit log.
func (p *Pages) note(v *frame.Visit, tx pgx.Tx, e event, decision, reason string, after any) error {
	_, err := tx.Exec(v.Context(), `insert into dead_letters (consumer, event_id, subject, decision, payload, reason, decided_by, decided_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Consumer, e.ID, e.Subject, decision, e.Payload, reason, v.Actor(), p.Now().UTC())
	if err != nil {
		return fmt.Errorf("note a decision: %w", err)
	}
	return record.Add(v.Context(), dbsqlc.New(tx), record.Entry{
		At: p.Now(), Actor: v.Actor(), Action: "deadletters." + decision, Target: "event:" + e.Consumer + ":" + e.ID.String(),
		Before: map[string]any{"subject": e.Subject, "error": e.Reason}, After: after,
	})
}

func (p *Pages) editEvent(v *frame.Visit, consumer string, id uuid.UUID, body []byte) error {
	return pgx.BeginFunc(v.Context(), p.DB, func(tx pgx.Tx) error {
		e, err := readEvent(v.Context(), tx, consumer, id, "for update")
		if err != nil {
			return err
		}
		if err := p.note(v, tx, e, "edit", "", nil); err != nil {
			return err
		}
		if _, err := tx.Exec(v.Context(), `update bus_failures set payload = $3 where consumer = $1 and event_id = $2`, consumer, id, body); err != nil {
			return fmt.Errorf("correct an event: %w", err)
		}
		return nil
	})
}

// dropEvent gives an event up for its consumer alone. It enters the inbox, so that no replay of history brings it back.
func (p *Pages) dropEvent(v *frame.Visit, consumer string, id uuid.UUID, reason string) error {
	return pgx.BeginFunc(v.Context(), p.DB, func(tx pgx.Tx) error {
		e, err := readEvent(v.Context(), tx, consumer, id, "for update")
		if err != nil {
			return err
		}
		if err := p.note(v, tx, e, "drop", reason, map[string]string{"reason": reason}); err != nil {
			return err
		}
		if _, err := tx.Exec(v.Context(), `insert into inbox (consumer, event_id) values ($1, $2) on conflict do nothing`, consumer, id); err != nil {
			return fmt.Errorf("drop an event: %w", err)
		}
		if _, err := tx.Exec(v.Context(), `delete from bus_failures where consumer = $1 and event_id = $2`, consumer, id); err != nil {
			return fmt.Errorf("drop an event: %w", err)
		}
		return nil
	})
}

// replayEvent hands an event to its consumer. Its effect and its leaving bus_failures are one transaction, which is the
// consumer's own; that somebody asked for it is on record whatever came of it.
func (p *Pages) replayEvent(v *frame.Visit, consumer string, id uuid.UUID) error {
	e, err := readEvent(v.Context(), p.DB, consumer, id, "")
	if err != nil {
		return err
	}
	failure := p.Retry(v.Context(), consumer, id)
	if errors.Is(failure, bus.ErrNotParked) {
		return errGone
	}
	after := map[string]string{"outcome": "handled"}
	if failure != nil {
		after["outcome"] = "failed again: " + failure.Error()
	}
	err = record.Add(v.Context(), dbsqlc.New(p.DB), record.Entry{
		At: p.Now(), Actor: v.Actor(), Action: "deadletters.replay", Target: "event:" + consumer + ":" + id.String(), Before: map[string]any{"subject": e.Subject, "error": e.Reason}, After: after,
	})
	return errors.Join(failure, err)
}
