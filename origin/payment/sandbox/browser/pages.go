package browser

import (
	"net/http"
	"net/url"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/testcard"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/wire"
)

// practiceCards are the numbers offered in the card form: one for each way to end.
var practiceCards = []string{
	"4242424242424242", "4000002500003155", "4000000000000002", "4000000000009995",
	"4000000000000069", "4000000000000127", "4000000000000119", "4000008260003178",
}

type practiceCard struct{ Title, Number, Grouped, CVC, Token string }

func present(c testcard.Card) practiceCard {
	p := practiceCard{Title: c.Title, Number: c.Number, Grouped: c.Grouped(), CVC: "123"}
	if c.Brand == "amex" {
		p.CVC = "1234"
	}
	if len(c.Tokens) > 0 {
		p.Token = c.Tokens[0]
	}
	return p
}

func (p *pages) showCard(w http.ResponseWriter, _ *http.Request) {
	var data struct{ Cards []practiceCard }
	for _, number := range practiceCards {
		if c, ok := testcard.ByNumber(number); ok {
			data.Cards = append(data.Cards, present(c))
		}
	}
	p.write(w, http.StatusOK, p.card, data, p.FrameAncestors, "")
}

func (p *pages) showChallenge(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("challenge")
	intent, ok := p.Ledger.IntentOfChallenge(id)
	var data struct {
		Open              bool
		Amount, Card, For string
	}
	status, returnTo := http.StatusOK, ""
	switch {
	case !ok:
		status = http.StatusNotFound
	case intent.Challenge != nil && intent.Challenge.ID == id && intent.Status == "requires_action":
		data.Open, data.Amount, data.For = true, wire.Money(intent.Amount, intent.Currency), intent.Description
		if m, ok := p.Ledger.Method(intent.Method); ok {
			data.Card = wire.BrandName(m.Brand) + " ending in " + m.Last4
		}
		returnTo = originOf(intent.Challenge.ReturnURL)
	}
	p.write(w, status, p.challenge, data, p.FrameAncestors, returnTo)
}

// endChallenge takes the buyer's decision. Whoever has the address of the check may
// decide it, as with the real one; it is known to the buyer's browser alone.
func (p *pages) endChallenge(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("challenge")
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	outcome := r.PostFormValue("outcome")
	if outcome != "complete" && outcome != "fail" {
		http.Error(w, "outcome must be complete or fail", http.StatusBadRequest)
		return
	}
	before, ok := p.Ledger.IntentOfChallenge(id)
	if !ok {
		p.showChallenge(w, r)
		return
	}
	after, decided := p.Authenticate(id, outcome == "complete")
	if !decided {
		p.showChallenge(w, r)
		return
	}
	if before.Challenge != nil && before.Challenge.ReturnURL != "" {
		http.Redirect(w, r, returnURL(before.Challenge.ReturnURL, after), http.StatusSeeOther)
		return
	}
	p.write(w, http.StatusOK, p.finished, nil, p.FrameAncestors, "")
}

// returnURL is where the buyer goes after a check, told how it ended as by Stripe.
func returnURL(address string, i *ledger.Intent) string {
	u, err := url.Parse(address)
	if err != nil {
		return "/"
	}
	status := "failed"
	if i.Status == "succeeded" || i.Status == "requires_capture" {
		status = "succeeded"
	}
	query := u.Query()
	query.Set("payment_intent", i.ID)
	query.Set("payment_intent_client_secret", i.Secret)
	query.Set("redirect_status", status)
	u.RawQuery = query.Encode()
	return u.String()
}
