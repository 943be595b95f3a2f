package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/testcard"
)

// methodSource finds or makes a card within a transaction.
type methodSource func(*ledger.Tx) (*ledger.Method, *Problem)

func (a *API) createMethod(c *call) (action, *Problem) {
	p := c.params()
	p.choice("type", "card")
	p.required("type")
	newMethod := p.newMethod("card", "billing_details", p.metadata(nil))
	return func(tx *ledger.Tx) (any, *Problem) { return nilOr(newMethod(tx)) }, p.problem
}

func nilOr(m *ledger.Method, problem *Problem) (any, *Problem) {
	if problem != nil {
		return nil, problem
	}
	return m, nil
}

func (a *API) getMethod(c *call) (any, *Problem) {
	method, ok := a.Ledger.Method(c.id())
	if !ok {
		return nil, missing("PaymentMethod", c.id(), "payment_method")
	}
	return method, nil
}

// method reads a parameter that names a PaymentMethod; nil if it was not given.
func (p *params) method(name string) methodSource {
	id := p.text(name)
	if id == "" {
		return nil
	}
	if card, ok := testcard.ByToken(id); ok {
		expires := p.api.Now().AddDate(4, 0, 0)
		return func(tx *ledger.Tx) (*ledger.Method, *Problem) {
			m := &ledger.Method{ID: tx.NewID("pm"), Created: tx.Now(), ExpMonth: int64(expires.Month()), ExpYear: int64(expires.Year()), CVC: true}
			setCard(m, card)
			tx.PutMethod(m)
			return m, nil
		}
	}
	return func(tx *ledger.Tx) (*ledger.Method, *Problem) {
		m, ok := tx.Method(id)
		if !ok {
			return nil, missing("PaymentMethod", id, name)
		}
		return m, nil
	}
}

// newMethod reads the details of a card, below the given names.
func (p *params) newMethod(card, billing string, metadata map[string]string) methodSource {
	if p.form.Has(card+"[number]") && !p.mayTakeNumbers() {
		return nil
	}
	number := strings.Map(dropSpaces, p.required(card+"[number]"))
	cvc := p.text(card + "[cvc]")
	month, year := p.expiry(card+"[exp_month]"), p.expiry(card+"[exp_year]")
	draft := ledger.Method{ExpMonth: month, ExpYear: year, CVC: cvc != "", Metadata: metadata, Billing: p.billing(billing)}
	known, isTestCard := testcard.ByNumber(number)
	if p.problem == nil {
		p.fail(checkCard(number, month, &draft.ExpYear, cvc, known.Brand, p.api.Now()))
	}
	if isTestCard {
		setCard(&draft, known)
	} else if len(number) >= 4 {
		draft.Brand, draft.Funding, draft.Country, draft.Last4 = "unknown", "unknown", "US", number[len(number)-4:]
	}
	return func(tx *ledger.Tx) (*ledger.Method, *Problem) {
		m := draft
		m.ID, m.Created = tx.NewID("pm"), tx.Now()
		tx.PutMethod(&m)
		return &m, nil
	}
}

func setCard(m *ledger.Method, c testcard.Card) {
	m.Brand, m.Funding, m.Country, m.Last4, m.TestCard = c.Brand, c.Funding, c.Country, c.Last4(), c.Number
}

func dropSpaces(r rune) rune {
	if r == ' ' || r == '-' {
		return -1
	}
	return r
}

// mayTakeNumbers keeps card numbers out of servers and shops' own pages, as Stripe
// does: they may come from a browser, and only from a page the sandbox served.
func (p *params) mayTakeNumbers() bool {
	if !p.browser {
		p.fail(&Problem{Status: 402, Type: "invalid_request_error", Message: "Sending credit card numbers directly to the Stripe API is generally unsafe. " +
			"We suggest you use test tokens that map to the test card you are using, see https://stripe.com/docs/testing."})
		return false
	}
	if origin := p.r.Header.Get("Origin"); origin != "" && origin != p.api.Writer.PublicURL && origin != "http://"+p.r.Host {
		p.fail(&Problem{Status: 402, Type: "invalid_request_error", Message: "This integration surface is unsupported for publishable key tokenization. " +
			"Collect card details with the Payment Element."})
		return false
	}
	return true
}

func (p *params) expiry(name string) int64 {
	value := p.required(name)
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil {
		return -1 // checkCard words it
	}
	return n
}

func checkCard(number string, month int64, year *int64, cvc, brand string, now time.Time) *Problem {
	if *year >= 0 && *year < 100 {
		*year += 2000
	}
	cvcDigits := len(cvc) == 3 || len(cvc) == 4
	if brand != "" {
		cvcDigits = len(cvc) == 3 && brand != "amex" || len(cvc) == 4 && brand == "amex"
	}
	thisYear, thisMonth := int64(now.Year()), int64(now.Month())
	switch {
	case strings.Trim(number, "0123456789") != "":
		return cardInput("invalid_number", "number", "The card number is not a valid credit card number.")
	case !testcard.Luhn(number):
		return cardInput("incorrect_number", "number", "Your card number is incorrect.")
	case month < 1 || month > 12:
		return cardInput("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
	case *year < thisYear || *year > thisYear+50:
		return cardInput("invalid_expiry_year", "exp_year", "Your card's expiration year is invalid.")
	case *year == thisYear && month < thisMonth:
		return cardInput("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
	case cvc != "" && (!cvcDigits || strings.Trim(cvc, "0123456789") != ""):
		return cardInput("invalid_cvc", "cvc", "Your card's security code is invalid.")
	}
	return nil
}

func (p *params) billing(under string) ledger.Billing {
	return ledger.Billing{
		Name: p.text(under + "[name]"), Email: p.email(under + "[email]"), Phone: p.text(under + "[phone]"),
		Line1: p.text(under + "[address][line1]"), Line2: p.text(under + "[address][line2]"),
		City: p.text(under + "[address][city]"), State: p.text(under + "[address][state]"),
		PostalCode: p.text(under + "[address][postal_code]"), Country: p.text(under + "[address][country]"),
	}
}
