package deadletters

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms/intake"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

type deliveryView struct {
	Parcel  intake.Parcel
	Body    string // as it is shown, or was typed
	Refusal string // why what was typed could not be kept
	Change  bool
	Prove   bool
}

// open reports whether something can still be decided.
func (d deliveryView) open() bool {
	return d.Parcel.State == intake.Parked || d.Parcel.State == intake.Waiting
}

func (p *Pages) delivery(v *frame.Visit) error {
	parcel, err := p.parcel(v)
	if err != nil {
		return err
	}
	return p.showDelivery(v, http.StatusOK, deliveryView{Parcel: parcel, Body: pretty(parcel.Body)})
}

func (p *Pages) showDelivery(v *frame.Visit, status int, view deliveryView) error {
	view.Change = v.May(staff.ChangeDeadLetters, staff.Group)
	view.Prove = view.Change && view.open() && !v.Fresh()
	return v.ShowStatus(status, "Delivery", deliveryPage(v, view))
}

func (p *Pages) parcel(v *frame.Visit) (intake.Parcel, error) {
	id, err := strconv.ParseInt(v.Request().PathValue("id"), 10, 64)
	if err != nil {
		return intake.Parcel{}, frame.ErrNotFound
	}
	parcel, err := p.Desk.One(v.Context(), p.DB, id)
	if errors.Is(err, intake.ErrNotParked) {
		err = frame.ErrNotFound
	}
	return parcel, err
}

func (p *Pages) decideDelivery(v *frame.Visit) error {
	parcel, err := p.parcel(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	here := home + "/deliveries/" + strconv.FormatInt(parcel.ID, 10)
	switch form.Get("do") {
	case "drop":
		if strings.TrimSpace(form.Get("reason")) == "" {
			return v.Done(here, frame.Warn("Nothing was dropped: say why first."))
		}
		err = p.dropDelivery(v, parcel.ID, form.Get("reason"))
		return p.decided(v, here, err, "Dropped. It stays on record.")
	case "edit":
		err = p.editDelivery(v, parcel, form.Get("body"))
		if errors.Is(err, wire.ErrMalformed) {
			return p.showDelivery(v, http.StatusUnprocessableEntity, deliveryView{Parcel: parcel, Body: form.Get("body"), Refusal: "It was not kept: " + err.Error() + "."})
		}
		return p.decided(v, here, err, "Corrected, and tried again. Reload to see what came of it.")
	}
	return p.decided(v, here, p.replayDelivery(v, parcel.ID), "Tried again. Reload to see what came of it.")
}

// decided leads back to where a decision was made.
func (p *Pages) decided(v *frame.Visit, here string, err error, said string) error {
	if errors.Is(err, errGone) {
		return v.Done(here, frame.Warn("Nothing was done: it does not stand aside any more."))
	}
	if err != nil {
		return err
	}
	return v.Done(here, frame.Good(said))
}

// inTransaction does something and writes it into the audit log, both or neither.
func (p *Pages) inTransaction(v *frame.Visit, action, target string, before, after any, do func(tx pgx.Tx) error) error {
	err := pgx.BeginFunc(v.Context(), p.DB, func(tx pgx.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return record.Add(v.Context(), dbsqlc.New(tx), record.Entry{At: p.Now(), Actor: v.Actor(), Action: "deadletters." + action, Target: target, Before: before, After: after})
	})
	if errors.Is(err, intake.ErrNotParked) {
		return errGone
	}
	return err
}

func deliveryTarget(id int64) string { return fmt.Sprintf("delivery:%d", id) }

func (p *Pages) replayDelivery(v *frame.Visit, id int64) error {
	return p.inTransaction(v, "replay", deliveryTarget(id), nil, nil, func(tx pgx.Tx) error {
		return p.Desk.Replay(v.Context(), tx, id, v.Actor())
	})
}

func (p *Pages) dropDelivery(v *frame.Visit, id int64, reason string) error {
	return p.inTransaction(v, "drop", deliveryTarget(id), nil, map[string]string{"reason": reason}, func(tx pgx.Tx) error {
		return p.Desk.Drop(v.Context(), tx, id, v.Actor(), reason)
	})
}

// editDelivery corrects a body and has it tried again. The audit log keeps that it was; the delivery keeps how it came.
func (p *Pages) editDelivery(v *frame.Visit, parcel intake.Parcel, body string) error {
	about := map[string]any{"source": parcel.Source, "entry": parcel.EntryID}
	return p.inTransaction(v, "edit", deliveryTarget(parcel.ID), about, about, func(tx pgx.Tx) error {
		if err := p.Desk.Edit(v.Context(), tx, parcel.ID, []byte(body), v.Actor()); err != nil {
			return err
		}
		return p.Desk.Replay(v.Context(), tx, parcel.ID, v.Actor())
	})
}
