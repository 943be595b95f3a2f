package panel

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/testcard"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// mostRows is how much a page shows.
const mostRows = 50

// words are what templates say things with.
var words = template.FuncMap{
	"spaced": func(s string) string { return strings.ReplaceAll(s, "_", " ") },
	"moment": func(unix int64) string { return time.Unix(unix, 0).UTC().Format("2 Jan 2006 15:04:05") + " UTC" },
	"stamp":  func(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) },
	"clock":  func(t time.Time) string { return t.UTC().Format("2 Jan 15:04:05") },
	"cut": func(id string) string {
		if len(id) > 16 {
			return id[:7] + "…" + id[len(id)-5:]
		}
		return id
	},
}

// page answers a page, or what is on it to a program.
func (p *Panel) page(w http.ResponseWriter, r *http.Request, name string, data any) {
	if wantsJSON(r) {
		p.writeJSON(w, http.StatusOK, "application/json", data)
		return
	}
	p.show(w, http.StatusOK, name, view{Said: saying[r.URL.Query().Get("said")], Data: data})
}

// payment is one line of the list, and the head of a payment's own page.
type payment struct {
	ID       string `json:"id"`
	Created  int64  `json:"created"`
	Status   string `json:"status"`
	Amount   string `json:"amount"` // in words
	Card     string `json:"card,omitempty"`
	Order    string `json:"order,omitempty"`
	Refunded string `json:"refunded,omitempty"` // in words
	Dispute  string `json:"dispute,omitempty"`  // its status
	About    string `json:"description,omitempty"`
}

func (p *Panel) payment(i *ledger.Intent) payment {
	row := payment{
		ID: i.ID, Created: i.Created, Status: i.Status, Amount: wire.Money(i.Amount, i.Currency), Order: i.Metadata["order_number"], About: i.Description,
	}
	charge, ok := p.Ledger.Charge(i.Charge)
	if !ok {
		return row
	}
	row.Card = wire.BrandName(charge.Method.Brand) + " " + charge.Method.Last4
	if charge.Refunded > 0 {
		row.Refunded = wire.Money(charge.Refunded, i.Currency)
	}
	if dispute, ok := p.Ledger.Dispute(charge.Dispute); ok {
		row.Dispute = dispute.Status
	}
	return row
}

func (p *Panel) showPayments(w http.ResponseWriter, r *http.Request) {
	var data struct {
		Payments []payment `json:"payments"`
		More     bool      `json:"more"`
		Holding  bool      `json:"holding"`
		Owed     int       `json:"owed"`
		Faults   int       `json:"faults"`
	}
	data.Payments, data.Faults = []payment{}, p.API.PendingFaults()
	intents, more := p.Ledger.Intents(ledger.Query[*ledger.Intent]{Limit: mostRows})
	for _, i := range intents {
		data.Payments = append(data.Payments, p.payment(i))
	}
	data.More = more
	owed, _ := p.Ledger.Owed()
	data.Owed = len(owed)
	if p.Courier != nil {
		data.Holding = p.Courier.State().Holding
	}
	p.page(w, r, "payments", data)
}

type practiceCard struct{ Title, Number, Token string }

func (p *Panel) showCards(w http.ResponseWriter, r *http.Request) {
	var cards []practiceCard
	for _, c := range testcard.All() {
		row := practiceCard{Title: c.Title, Number: c.Grouped()}
		if len(c.Tokens) > 0 {
			row.Token = c.Tokens[0]
		}
		cards = append(cards, row)
	}
	p.page(w, r, "cards", map[string]any{"Cards": cards})
}
