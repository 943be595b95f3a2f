package boxoffice

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/boxoffice"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// What the pages show.
type (
	frontView struct {
		Text     string
		From     string
		Orders   []booking.Order
		Evenings []dbsqlc.DoorPerformancesRow
		Reserved []boxoffice.Reservation
		Troubles string // money to see to, counted; "" is none
	}
	seatsView struct {
		Detail   show.Detail
		Plan     *venue.Plan
		State    map[string]hold.SeatState
		Unsure   bool // the seat map did not answer
		Exchange *exchangeOf
	}
	saleView struct {
		Detail   show.Detail
		Sale     uuid.UUID
		Hold     string
		Kept     hold.Hold
		Index    map[string]venue.Located
		Choices  []booking.SeatChoice
		Promo    string
		Form     url.Values
		Quote    *booking.Quote
		Exchange *exchangeOf
		Order    *booking.Order // that is exchanged
		Swap     *booking.ExchangeQuote
		Reserved *boxoffice.Reservation
	}
	orderView struct {
		Order    booking.Order
		Detail   show.Detail
		History  []booking.HistoryEvent
		Cards    []booking.Card
		Disputes []booking.Dispute
		Missing  int64 // of the money that its seats cost
	}
	refundView struct {
		Order booking.Order
		Asked booking.SeatsBack
		Fee   string
		Comes booking.Returned
	}
	exchangeView struct {
		Order    booking.Order
		Give     *exchangeOf
		Evenings []dbsqlc.DoorPerformancesRow
	}
)

func money(amount int64, currency string) string { return wording.Money(amount, currency) }

func when(t time.Time, d show.Detail) string {
	return t.In(d.Venue.Location()).Format("Mon 2 Jan, 15:04")
}

func evening(row dbsqlc.DoorPerformancesRow) string {
	zone, err := time.LoadLocation(row.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return row.StartsAt.In(zone).Format("Mon 2 Jan, 15:04")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// place is a seat in words.
func place(section, row, label string) string {
	return venue.PlaceName(section, row, label)
}

func located(index map[string]venue.Located, seat string) string {
	at, ok := index[seat]
	if !ok {
		return seat
	}
	return place(at.Section, at.Row, at.Label)
}

// stateOf says how an order stands, and of which kind that is.
func stateOf(s booking.State) (kind, text string) {
	switch s {
	case booking.Paid:
		return "good", "Paid"
	case booking.AwaitingPayment:
		return "warn", "Waiting for payment"
	case booking.RefundDue:
		return "warn", "Refund under way"
	}
	return "", strings.ToUpper(string(s[:1])) + strings.ReplaceAll(string(s[1:]), "_", " ")
}

func stateKind(s booking.State) string { kind, _ := stateOf(s); return kind }
func stateText(s booking.State) string { _, text := stateOf(s); return text }

// title says whose seat it is to choose.
func seatTitle(state hold.SeatState, seat venue.Seat, price string) string {
	words := []string{"Seat " + seat.Label, price}
	switch state {
	case hold.Sold:
		words = append(words, "sold")
	case hold.Held:
		words = append(words, "kept for somebody")
	case hold.Withheld:
		words = append(words, "of the box office")
	}
	if seat.Kind != venue.Standard {
		words = append(words, string(seat.Kind))
	}
	if seat.Restricted {
		words = append(words, "restricted view")
	}
	return strings.Join(words, ", ")
}

func taken(state hold.SeatState) bool { return state == hold.Sold || state == hold.Held }

// adult is what an adult pays in a band.
func adult(d show.Detail, band string) string {
	amount, ok := d.Prices.Amount(band, show.Adult)
	if !ok {
		return "not sold"
	}
	return money(amount, d.Prices.Currency)
}

// bands are those of a plan, each with its adult price.
func bands(d show.Detail, plan *venue.Plan) []offeredType {
	var list []offeredType
	seen := map[string]bool{}
	for _, section := range plan.Sections {
		for _, row := range section.Rows {
			for _, seat := range row.Seats {
				if !seen[seat.Band] {
					seen[seat.Band] = true
					list = append(list, offeredType{seat.Band, "Band " + seat.Band + ", " + adult(d, seat.Band)})
				}
			}
		}
	}
	return list
}

// whoDid is an actor as colleagues read it.
func whoDid(actor string) string {
	if strings.HasPrefix(actor, "staff:") {
		return "box office"
	}
	return actor
}

// ticketOf is the newest ticket of a seat.
func ticketOf(o booking.Order, seat string) *booking.Ticket {
	var found *booking.Ticket
	for i, t := range o.Tickets {
		if t.SeatID == seat {
			found = &o.Tickets[i]
		}
	}
	return found
}

// happened is a line of an order's history: where it moved to, or what happened while it stood.
func happened(e booking.HistoryEvent) string {
	if e.Kind == booking.EventMoved {
		return stateText(e.To)
	}
	kind := strings.ReplaceAll(string(e.Kind), "_", " ")
	return strings.ToUpper(kind[:min(1, len(kind))]) + kind[min(1, len(kind)):]
}

// free counts the places of an area without numbers that the box office can sell.
func (view seatsView) free(s venue.Section) int {
	n := 0
	for _, id := range s.General.Places(s.ID) {
		if !taken(view.State[id]) {
			n++
		}
	}
	return n
}

// cards are the cards an order was paid with, as their owners read them out.
func cards(list []booking.Card) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = c.Brand + " ending in " + c.Last4
	}
	return strings.Join(words, ", ")
}

func disputeKind(d booking.Dispute) string {
	if d.Open() {
		return "warn"
	}
	if d.Lost() {
		return "bad"
	}
	return ""
}

// disputeText says how a dispute stands and what there is to do.
func disputeText(v *frame.Visit, d booking.Dispute) string {
	text := "The card holder’s bank questions " + money(d.Amount, d.Currency) + " of this order (" + strings.ReplaceAll(d.Reason, "_", " ") + "): "
	switch {
	case d.Lost():
		return text + "it was lost, and the bank keeps the money. The tickets still admit: to end them, refund them, and nothing goes back that the bank has given."
	case d.Inquiry() && d.Open():
		text = "The card holder’s bank asks about " + money(d.Amount, d.Currency) + " of this order (" + spaced(d.Reason) + "). No money has been taken, and a refund settles it. It is answered at the payment provider"
		if !d.RespondBy.IsZero() {
			text += ", by " + v.Local(d.RespondBy)
		}
		return text + "."
	case !d.Open():
		return text + "it was settled (" + strings.ReplaceAll(d.Status, "_", " ") + "), and the money is ours."
	}
	text += strings.ReplaceAll(d.Status, "_", " ") + ". No money goes back until it is settled. It is answered at the payment provider"
	if !d.RespondBy.IsZero() {
		text += ", by " + v.Local(d.RespondBy)
	}
	return text + "."
}
