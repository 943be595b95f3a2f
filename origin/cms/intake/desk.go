package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/wire"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// ErrNotParked says that there is no such delivery which waits for a decision.
var ErrNotParked = errors.New("intake: no such delivery is parked or waiting")

// States of a delivery.
const (
	Due     = "due"     // it is acted upon as soon as may be
	Waiting = "waiting" // for the entry it refers to
	Parked  = "parked"  // for a person
	Done    = "done"
	Dropped = "dropped" // by a person
)

// Parcel is a delivery as people look at it.
type Parcel struct {
	ID         int64
	Source     cms.Source
	Way        string // webhook or sweep
	Topic      string
	EntryID    string
	Kind       cms.Kind // "" where it is not known
	State      string
	Attempts   int
	Reason     string  // why it was not applied yet
	Faults     []Fault // of one that is parked; may be none
	WaitsFor   string  // ID of an entry
	Outcome    string  // of one that is done
	ReceivedAt time.Time
	ParkedAt   *time.Time
	FinishedAt *time.Time
	Body       []byte // by One alone
	Original   []byte // by One alone: as it came, where somebody corrected it
	EditedBy   string
	DecidedBy  string // who had it tried again, or dropped it
	Because    string // why it was dropped
}

// Filter says which deliveries are wanted.
type Filter struct {
	Source  cms.Source // "": any
	Waiting bool       // those that wait for an entry, too
	Before  int64      // those with a smaller ID, for the next page; 0: from the newest
	Most    int        // 0: 50
}

// Desk is where people look after deliveries that are parked. Its methods take a pool or a transaction.
type Desk struct {
	Systems []System // to read what was corrected
	Now     func() time.Time
}

// Desk looks after this intake's deliveries.
func (n *Intake) Desk() *Desk { return &Desk{Systems: n.cfg.Systems, Now: n.cfg.Now} }

func (k *Desk) now() time.Time { return k.Now().UTC().Truncate(time.Microsecond) }

// Parked lists deliveries that stand aside, the newest first.
func (k *Desk) Parked(ctx context.Context, db dbsqlc.DBTX, f Filter) ([]Parcel, error) {
	if f.Most <= 0 {
		f.Most = 50
	}
	states := []string{Parked}
	if f.Waiting {
		states = append(states, Waiting)
	}
	rows, err := dbsqlc.New(db).ParkedDeliveries(ctx, dbsqlc.ParkedDeliveriesParams{
		States: states, Source: string(f.Source), Before: f.Before, Most: int32(f.Most),
	})
	if err != nil {
		return nil, fmt.Errorf("intake: list parked deliveries: %w", err)
	}
	parcels := make([]Parcel, 0, len(rows))
	for _, r := range rows {
		p := Parcel{
			ID: r.ID, Source: cms.Source(r.Source), Way: r.Way, Topic: r.Topic, EntryID: r.EntryID, Kind: cms.Kind(r.Kind), State: r.State,
			Attempts: int(r.Attempts), Reason: r.Reason, WaitsFor: r.WaitsFor, ReceivedAt: r.ReceivedAt, ParkedAt: r.ParkedAt,
			EditedBy: r.EditedBy, DecidedBy: r.DecidedBy,
		}
		if err := json.Unmarshal(r.Faults, &p.Faults); err != nil {
			return nil, fmt.Errorf("intake: faults of delivery %d: %w", r.ID, err)
		}
		parcels = append(parcels, p)
	}
	return parcels, nil
}

// One returns a delivery with its body, in whatever state. ErrNotParked: there is none.
func (k *Desk) One(ctx context.Context, db dbsqlc.DBTX, id int64) (Parcel, error) {
	r, err := dbsqlc.New(db).OneDelivery(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Parcel{}, fmt.Errorf("%w: %d", ErrNotParked, id)
	}
	if err != nil {
		return Parcel{}, fmt.Errorf("intake: delivery %d: %w", id, err)
	}
	p := Parcel{
		ID: r.ID, Source: cms.Source(r.Source), Way: r.Way, Topic: r.Topic, EntryID: r.EntryID, Kind: cms.Kind(r.Kind), State: r.State,
		Attempts: int(r.Attempts), Reason: r.Reason, WaitsFor: r.WaitsFor, Outcome: r.Outcome, ReceivedAt: r.ReceivedAt,
		ParkedAt: r.ParkedAt, FinishedAt: r.FinishedAt, Body: r.Body, Original: r.Original, EditedBy: r.EditedBy,
		DecidedBy: r.DecidedBy, Because: r.DecidedReason,
	}
	if err := json.Unmarshal(r.Faults, &p.Faults); err != nil {
		return p, fmt.Errorf("intake: faults of delivery %d: %w", id, err)
	}
	return p, nil
}

// Replay has a parked or waiting delivery tried again. The worker does it soon after the commit.
func (k *Desk) Replay(ctx context.Context, db dbsqlc.DBTX, id int64, by string) error {
	n, err := dbsqlc.New(db).ReplayDelivery(ctx, dbsqlc.ReplayDeliveryParams{ID: id, Now: k.now(), By: by})
	return decided(id, n, err)
}

// Edit corrects the body of a parked delivery; how it came is kept. What cannot be read, is about another entry, or says
// nothing is refused with wire.ErrMalformed. Replay then has it tried again.
func (k *Desk) Edit(ctx context.Context, db dbsqlc.DBTX, id int64, body []byte, by string) error {
	q := dbsqlc.New(db)
	r, err := q.OneDelivery(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: %d", ErrNotParked, id)
	}
	if err != nil {
		return fmt.Errorf("intake: delivery %d: %w", id, err)
	}
	if len(body) > MostBody {
		return fmt.Errorf("%w: longer than %d bytes", wire.ErrMalformed, MostBody)
	}
	row := dbsqlc.EditDeliveryParams{ID: id, Body: body, By: by, Kind: r.Kind}
	for _, system := range k.Systems {
		if string(system.Source()) != r.Source {
			continue
		}
		var header map[string]string
		if err := json.Unmarshal(r.Header, &header); err != nil {
			return fmt.Errorf("intake: header of delivery %d: %w", id, err)
		}
		m, err := system.Read(wire.Envelope{Topic: r.Topic, Header: header, Body: body})
		switch {
		case err != nil:
			return err
		case m.EntryID != r.EntryID:
			return fmt.Errorf("%w: it is about entry %s, not %s", wire.ErrMalformed, m.EntryID, r.EntryID)
		case m.Nothing != "":
			return fmt.Errorf("%w: it would change nothing: %s", wire.ErrMalformed, m.Nothing)
		}
		row.Kind = string(m.Kind)
		if m.Change != nil {
			row.StampAt, row.StampRevision = &m.Stamp.At, m.Stamp.Revision
		}
	}
	n, err := q.EditDelivery(ctx, row)
	return decided(id, n, err)
}

// Drop gives a parked or waiting delivery up. A reason is needed.
func (k *Desk) Drop(ctx context.Context, db dbsqlc.DBTX, id int64, by, because string) error {
	if strings.TrimSpace(because) == "" {
		return errors.New("intake: say why the delivery is dropped")
	}
	now := k.now()
	n, err := dbsqlc.New(db).DropDelivery(ctx, dbsqlc.DropDeliveryParams{ID: id, Now: now, By: by, Reason: because})
	return decided(id, n, err)
}

func decided(id, n int64, err error) error {
	if err != nil {
		return fmt.Errorf("intake: delivery %d: %w", id, err)
	}
	if n == 0 {
		return fmt.Errorf("%w: %d", ErrNotParked, id)
	}
	return nil
}
