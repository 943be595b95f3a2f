package api

import (
	"slices"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
	"github.com/stagedoor/stagedoor/origin/payment/sandbox/testcard"
)

// confirmation is what a request to confirm says.
type confirmation struct {
	method    methodSource // nil: the one the intent has
	returnURL string
	inPage    bool // Stripe.js will show the 3-D Secure check itself
}

// confirmation reads it. A card comes by name, or with its details.
func (p *params) confirmation() confirmation {
	with := confirmation{
		method: p.method("payment_method"), returnURL: p.url("return_url"), inPage: p.boolean("use_stripe_sdk"),
	}
	if p.form.Has("payment_method_data") {
		if with.method != nil {
			p.fail(invalid("", "payment_method_data", "You may only specify one of these parameters: payment_method, payment_method_data."))
		}
		p.choice("payment_method_data[type]", "card")
		p.required("payment_method_data[type]")
		with.method = p.newMethod("payment_method_data[card]", "payment_method_data[billing_details]", nil)
	}
	p.choice("expected_payment_method_type", "card")
	return with
}

// check refuses a confirmation that could leave the buyer nowhere to return to.
func (with confirmation) check(i *ledger.Intent) *Problem {
	if i.Automatic && i.AllowRedirects == "always" && with.returnURL == "" {
		return invalid("", "", "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. "+
			"Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. "+
			"If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` "+
			"and `automatic_payment_methods[allow_redirects]` to `never` when creating the PaymentIntent.")
	}
	return nil
}

func (a *API) confirmIntent(c *call) (action, *Problem) {
	p := c.params()
	with := p.confirmation()
	email := p.email("receipt_email")
	c.form.Get("client_secret") // read below, once the intent is known
	return func(tx *ledger.Tx) (any, *Problem) {
		intent, ok := tx.Intent(c.id())
		if !ok {
			return nil, missing("payment_intent", c.id(), "intent")
		}
		problem := c.checkSecret(intent)
		if problem == nil {
			problem = with.check(intent)
		}
		if problem != nil {
			return nil, problem
		}
		if email != "" {
			intent.ReceiptEmail = email
			tx.PutIntent(intent)
		}
		return c.confirm(tx, intent.ID, with)
	}, p.problem
}

// confirm tries to take the money, or starts the check that comes first.
func (c *call) confirm(tx *ledger.Tx, id string, with confirmation) (any, *Problem) {
	intent, _ := tx.Intent(id)
	if !slices.Contains(openStatuses, intent.Status) {
		return nil, unexpectedState("confirm", intent, "requires_confirmation", "requires_action")
	}
	if with.method != nil {
		if problem := attach(tx, intent, with.method); problem != nil {
			return nil, problem
		}
	}
	method, ok := tx.Method(intent.Method)
	if !ok {
		p := invalid("payment_intent_unexpected_state", "", "You cannot confirm this PaymentIntent because it's missing a payment method. "+
			"You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.")
		p.Intent = intent
		return nil, p
	}
	intent.LastError, intent.Challenge = nil, nil
	if card, known := testcard.ByNumber(method.TestCard); known && card.Authenticate {
		intent.Status = "requires_action"
		intent.Challenge = &ledger.Challenge{ID: tx.NewID("src")}
		if !with.inPage {
			intent.Challenge.ReturnURL = with.returnURL
		}
		tx.PutIntent(intent)
		c.emit(tx, "payment_intent.requires_action", intent)
		return intent, nil
	}
	return c.charge(tx, intent, method, false)
}

// charge takes the money, or finds that the bank refuses.
func (c *call) charge(tx *ledger.Tx, intent *ledger.Intent, method *ledger.Method, authenticated bool) (any, *Problem) {
	charge := &ledger.Charge{
		ID: tx.NewID("ch"), Created: tx.Now(), Status: "succeeded", Amount: intent.Amount, Currency: intent.Currency,
		Intent: intent.ID, Method: method, Authenticated: authenticated, Description: intent.Description,
		ReceiptEmail: intent.ReceiptEmail, Metadata: intent.Metadata,
	}
	intent.Charge, intent.Challenge = charge.ID, nil
	card, known := testcard.ByNumber(method.TestCard)
	decline := card.Decline
	if !known {
		decline = &testcard.NotATestCard
	}
	if decline != nil {
		return nil, c.decline(tx, intent, charge, *decline)
	}
	if intent.ManualCapture {
		intent.Status, intent.Capturable = "requires_capture", intent.Amount
		tx.PutCharge(charge)
		tx.PutIntent(intent)
		c.emit(tx, "charge.succeeded", charge)
		c.emit(tx, "payment_intent.amount_capturable_updated", intent)
		return intent, nil
	}
	charge.Captured = charge.Amount
	intent.Status, intent.Received = "succeeded", intent.Amount
	tx.PutCharge(charge)
	tx.PutIntent(intent)
	c.emit(tx, "charge.succeeded", charge)
	c.emit(tx, "payment_intent.succeeded", intent)
	if card.Dispute != "" {
		c.dispute(tx, charge, DisputeOrder{Reason: card.Dispute})
	}
	return intent, nil
}

func (c *call) decline(tx *ledger.Tx, intent *ledger.Intent, charge *ledger.Charge, why testcard.Decline) *Problem {
	failure := &ledger.CardError{
		Type: "card_error", Code: why.Code, DeclineCode: why.DeclineCode, Message: why.Message, Charge: charge.ID, Method: charge.Method,
	}
	switch why.Code {
	case "incorrect_cvc":
		failure.Param = "cvc"
	case "expired_card":
		failure.Param = "exp_month"
	}
	charge.Status, charge.Failure = "failed", failure
	intent.Status, intent.Method, intent.LastError = "requires_payment_method", "", failure
	tx.PutCharge(charge)
	tx.PutIntent(intent)
	c.emit(tx, "charge.failed", charge)
	c.emit(tx, "payment_intent.payment_failed", intent)
	return refused(failure, intent)
}
