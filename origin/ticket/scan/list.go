package scan

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Listed is a ticket on the list of its performance. It names nobody.
type Listed struct {
	ID     uuid.UUID `json:"id"`
	Seat   string    `json:"seat"` // as people read it: "Stalls, row F, seat 12"
	Type   string    `json:"type"` // "adult", "concession": what to look at
	Alive  bool      `json:"alive"`
	Dead   Reason    `json:"dead,omitempty"` // Cancelled or Reissued
	Short  string    `json:"short"`
	Secret string    `json:"secret"` // base64url; see ticket.Secret
}

// List is all that a device needs to work alone.
type List struct {
	Performance uuid.UUID   `json:"performance"`
	Title       string      `json:"title"`
	Venue       string      `json:"venue"`
	StartsAt    time.Time   `json:"starts_at"`
	OpensAt     time.Time   `json:"opens_at"`
	CalledOff   bool        `json:"called_off"`
	ScreensOnly bool        `json:"screens_only"`
	Readmission bool        `json:"readmission"`
	Keys        []ListedKey `json:"keys"`
	Tickets     []Listed    `json:"tickets"`
	Moves       []Fact      `json:"moves"` // entries and exits so far
}

// ListedKey is a public key, as base64url.
type ListedKey struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// List makes the list of a performance.
func (d *Desk) List(ctx context.Context, performance uuid.UUID) (List, error) {
	detail, err := d.Performance(ctx, performance)
	if err != nil {
		return List{}, err
	}
	q := dbsqlc.New(d.DB)
	asks, err := policy(ctx, q, performance)
	if err != nil {
		return List{}, err
	}
	tickets, err := q.DoorTickets(ctx, performance)
	if err != nil {
		return List{}, fmt.Errorf("scan: list: %w", err)
	}
	moves, err := q.PerformanceEntries(ctx, performance)
	if err != nil {
		return List{}, fmt.Errorf("scan: entries: %w", err)
	}
	list := List{
		Performance: performance, Title: detail.Production.Title, Venue: detail.Venue.Name, StartsAt: detail.StartsAt, OpensAt: asks.Opens(detail.StartsAt),
		CalledOff: detail.Status == show.Cancelled, ScreensOnly: asks.ScreensOnly, Readmission: asks.Readmission,
		Keys: []ListedKey{}, Tickets: make([]Listed, 0, len(tickets)), Moves: facts(moves),
	}
	for _, key := range d.Keys.Public() {
		list.Keys = append(list.Keys, ListedKey{ID: key.ID, Key: base64.RawURLEncoding.EncodeToString(key.Key)})
	}
	for _, row := range tickets {
		one, err := d.line(row)
		if errors.Is(err, ticket.ErrUnknownKey) {
			continue // nobody can show it: its signature is no longer believed
		}
		if err != nil {
			return List{}, err
		}
		list.Tickets = append(list.Tickets, one)
	}
	return list, nil
}

// line is a ticket as the list has it.
func (d *Desk) line(row dbsqlc.DoorTicketsRow) (Listed, error) {
	secret, err := d.Keys.Secret(row.KeyID, row.ID)
	if err != nil {
		return Listed{}, err
	}
	one := Listed{
		ID: row.ID, Seat: seat(row.Section, row.RowLabel, row.SeatLabel, row.SeatID), Type: row.PriceType, Alive: row.State != "void",
		Short: ticket.Short(secret), Secret: base64.RawURLEncoding.EncodeToString(secret),
	}
	switch {
	case one.Alive:
	case row.ReplacedBy.Valid:
		one.Dead = Reissued
	default:
		one.Dead = Cancelled
	}
	return one, nil
}

func seat(section, row, label, id string) string {
	if section == "" {
		return id
	}
	return venue.PlaceName(section, row, label)
}

// listed is one ticket as the list has it.
func (d *Desk) listed(ctx context.Context, q *dbsqlc.Queries, id uuid.UUID) (Listed, error) {
	row, err := q.DoorTicket(ctx, id)
	if err != nil {
		return Listed{}, fmt.Errorf("ticket on the list: %w", err)
	}
	return d.line(dbsqlc.DoorTicketsRow(row))
}

// Evenings are the performances of a brand, or of all with "", that begin in a span of time, with how many tickets admit to
// each and how many of them were used.
func (d *Desk) Evenings(ctx context.Context, brand string, from, until time.Time) ([]dbsqlc.DoorPerformancesRow, error) {
	rows, err := dbsqlc.New(d.DB).DoorPerformances(ctx, dbsqlc.DoorPerformancesParams{BrandID: brand, FromAt: from, UntilAt: until, Most: 500})
	if err != nil {
		return nil, fmt.Errorf("scan: performances: %w", err)
	}
	return rows, nil
}
