package wallet

import (
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/ticket"
)

// OfOrder are the passes of an order's living tickets, in the order of its seats. secretOf gives a ticket's secret by its
// code; a ticket whose key is gone has no pass, for no door believes it.
func OfOrder(o booking.Order, d show.Detail, screensOnly bool, secretOf func(code string) ([]byte, error)) []Pass {
	types := map[string]string{}
	for _, t := range d.Prices.Types {
		types[t.ID] = t.Name
	}
	alive := map[string]booking.Ticket{}
	for _, t := range o.Tickets {
		if t.State != booking.TicketVoid {
			alive[t.SeatID] = t
		}
	}
	var passes []Pass
	for _, seat := range o.Seats {
		t, ok := alive[seat.SeatID]
		if !ok {
			continue
		}
		secret, err := secretOf(t.Code)
		if err != nil {
			continue
		}
		kind := types[seat.PriceType]
		if kind == "" {
			kind = seat.PriceType
		}
		row, label := seat.Row, seat.Label
		if row == "" { // a place without a number
			row, label = "–", "Unnumbered"
		}
		passes = append(passes, Pass{
			ScreensOnly: screensOnly,
			TicketID:    t.ID, Code: t.Code, Secret: secret, Short: ticket.Short(secret), Order: o.Number, Holder: o.Name,
			Brand: d.Brand.Name, Title: d.Production.Title, Venue: d.Venue.Name, Address: d.Venue.Address + ", " + d.Venue.City,
			Latitude: d.Venue.Latitude, Longitude: d.Venue.Longitude, StartsAt: d.StartsAt,
			Ends: d.StartsAt.Add(time.Duration(d.Production.RunningMinutes)*time.Minute + 3*time.Hour), Zone: d.Venue.Location(),
			Section: seat.Section, Row: row, Seat: label, Type: kind, Background: d.Brand.Theme.Background, Accent: d.Brand.Theme.Accent,
		})
	}
	return passes
}
