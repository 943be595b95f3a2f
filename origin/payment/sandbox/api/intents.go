package api

import (
	"slices"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

func (a *API) createIntent(c *call) (action, *Problem) {
	p := c.params()
	amount, given := p.integer("amount")
	if !given {
		p.fail(invalid("parameter_missing", "amount", "Missing required param: amount."))
	}
	draft := ledger.Intent{
		Status: "requires_payment_method", Amount: amount, Currency: p.currency(),
		ManualCapture: p.choice("capture_method", "automatic", "manual") == "manual",
		Description:   p.text("description"), ReceiptEmail: p.email("receipt_email"), Metadata: p.metadata(nil),
	}
	p.choice("confirmation_method", "automatic")
	p.acceptTypes(&draft)
	confirming := p.boolean("confirm")
	with := p.confirmation()
	if p.problem == nil {
		p.fail(checkAmount(amount, draft.Currency, "amount"))
	}
	if p.problem == nil && confirming {
		p.fail(with.check(&draft))
	}
	return func(tx *ledger.Tx) (any, *Problem) {
		intent := draft
		intent.ID, intent.Created = tx.NewID("pi"), tx.Now()
		intent.Secret = tx.NewSecret(intent.ID)
		if with.method != nil && !confirming {
			if problem := attach(tx, &intent, with.method); problem != nil {
				return nil, problem
			}
		}
		tx.PutIntent(&intent)
		c.emit(tx, "payment_intent.created", &intent)
		if confirming {
			return c.confirm(tx, intent.ID, with)
		}
		return &intent, nil
	}, p.problem
}

// acceptTypes decides which payment methods an intent takes. The sandbox has cards.
func (p *params) acceptTypes(i *ledger.Intent) {
	types := p.form.List("payment_method_types")
	automaticGiven := p.form.Has("automatic_payment_methods")
	automatic := p.boolean("automatic_payment_methods[enabled]")
	redirects := p.choice("automatic_payment_methods[allow_redirects]", "always", "never")
	if automaticGiven && !automatic && redirects != "" {
		p.fail(invalid("parameter_missing", "automatic_payment_methods[enabled]", "Missing required param: automatic_payment_methods[enabled]."))
	}
	if automatic && len(types) > 0 {
		p.fail(invalid("", "payment_method_types", "You may only specify one of these parameters: automatic_payment_methods, payment_method_types."))
	}
	for _, t := range types {
		if t != "card" {
			p.fail(invalid("payment_intent_invalid_parameter", "payment_method_types", "The payment method type \"%s\" is invalid: the sandbox has only card.", clip(t)))
		}
	}
	i.Types = []string{"card"}
	// Since API version 2023-08-16 an intent accepts what the Dashboard has, unless
	// it says which types it wants.
	if i.Automatic = automatic || len(types) == 0; i.Automatic {
		if i.AllowRedirects = redirects; redirects == "" {
			i.AllowRedirects = "always"
		}
	}
}

// attach gives an intent the card it will be confirmed with.
func attach(tx *ledger.Tx, i *ledger.Intent, source methodSource) *Problem {
	method, problem := source(tx)
	if problem != nil {
		return problem
	}
	i.Method, i.Status = method.ID, "requires_confirmation"
	return nil
}

func (a *API) getIntent(c *call) (any, *Problem) {
	intent, ok := a.Ledger.Intent(c.id())
	if !ok {
		return nil, missing("payment_intent", c.id(), "intent")
	}
	if problem := c.checkSecret(intent); problem != nil {
		return nil, problem
	}
	return intent, nil
}

// checkSecret lets a browser near the one intent whose client secret it has.
func (c *call) checkSecret(i *ledger.Intent) *Problem {
	secret, given := c.form.Get("client_secret")
	if !given && c.browser {
		return invalid("parameter_missing", "client_secret", "Missing required param: client_secret.")
	}
	if given && !same(secret, i.Secret) {
		return invalid("payment_intent_invalid_parameter", "client_secret",
			"The client_secret provided does not match the client_secret associated with this PaymentIntent.")
	}
	return nil
}

func (a *API) updateIntent(c *call) (action, *Problem) {
	p := c.params()
	amount, amountGiven := p.integer("amount")
	currencyGiven := p.form.Has("currency")
	currency := ""
	if currencyGiven {
		currency = p.currency()
	}
	descriptionGiven, emailGiven := p.form.Has("description"), p.form.Has("receipt_email")
	description, email := p.text("description"), p.email("receipt_email")
	method := p.method("payment_method")
	p.metadata(nil) // finds faults; merged below with what is there
	return func(tx *ledger.Tx) (any, *Problem) {
		intent, ok := tx.Intent(c.id())
		if !ok {
			return nil, missing("payment_intent", c.id(), "intent")
		}
		open := slices.Contains(openStatuses, intent.Status)
		if !open && (amountGiven || currencyGiven || method != nil) {
			return nil, unexpectedState("update", intent, openStatuses...)
		}
		if amountGiven {
			intent.Amount = amount
		}
		if currencyGiven {
			intent.Currency = currency
		}
		if descriptionGiven {
			intent.Description = description
		}
		if emailGiven {
			intent.ReceiptEmail = email
		}
		if problem := checkAmount(intent.Amount, intent.Currency, "amount"); problem != nil {
			return nil, problem
		}
		if method != nil {
			if problem := attach(tx, intent, method); problem != nil {
				return nil, problem
			}
		}
		if open {
			intent.LastError = nil
		}
		merge := c.params()
		intent.Metadata = merge.metadata(intent.Metadata)
		if merge.problem != nil {
			return nil, merge.problem
		}
		tx.PutIntent(intent)
		return intent, nil
	}, p.problem
}

// The statuses in which nothing has been taken and everything may still change.
var openStatuses = []string{"requires_payment_method", "requires_confirmation", "requires_action"}
