package wire

import "github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"

// Intent writes a PaymentIntent.
func (w Writer) Intent(i *ledger.Intent) Object {
	capture := "automatic"
	if i.ManualCapture {
		capture = "manual"
	}
	o := Object{
		"id": i.ID, "object": "payment_intent", "amount": i.Amount, "amount_capturable": i.Capturable,
		"amount_details": Object{"tip": Object{}}, "amount_received": i.Received,
		"application": nil, "application_fee_amount": nil, "automatic_payment_methods": nil,
		"canceled_at": number(i.CanceledAt), "cancellation_reason": text(i.CancelReason),
		"capture_method": capture, "client_secret": i.Secret, "confirmation_method": "automatic",
		"created": i.Created, "currency": i.Currency, "customer": nil, "description": text(i.Description),
		"invoice": nil, "last_payment_error": nil, "latest_charge": text(i.Charge), "livemode": false,
		"metadata": metadata(i.Metadata), "next_action": w.nextAction(i), "on_behalf_of": nil,
		"payment_method": text(i.Method), "payment_method_configuration_details": nil,
		"payment_method_options": Object{"card": Object{
			"installments": nil, "mandate_options": nil, "network": nil, "request_three_d_secure": "automatic",
		}},
		"payment_method_types": i.Types, "processing": nil, "receipt_email": text(i.ReceiptEmail),
		"review": nil, "setup_future_usage": nil, "shipping": nil, "source": nil,
		"statement_descriptor": nil, "statement_descriptor_suffix": nil, "status": i.Status,
		"transfer_data": nil, "transfer_group": nil,
	}
	if i.Automatic {
		o["automatic_payment_methods"] = Object{"enabled": true, "allow_redirects": i.AllowRedirects}
	}
	if i.LastError != nil {
		o["last_payment_error"] = w.CardError(i.LastError)
	}
	return o
}

// What a publishable key may see of a PaymentIntent.
var browserFields = []string{
	"id", "object", "amount", "amount_details", "automatic_payment_methods", "canceled_at",
	"cancellation_reason", "capture_method", "client_secret", "confirmation_method", "created",
	"currency", "description", "last_payment_error", "livemode", "next_action", "payment_method",
	"payment_method_configuration_details", "payment_method_types", "processing", "receipt_email",
	"setup_future_usage", "shipping", "source", "status",
}

// IntentForBrowser writes the part of a PaymentIntent that a publishable key may see.
func (w Writer) IntentForBrowser(i *ledger.Intent) Object {
	whole, part := w.Intent(i), Object{}
	for _, field := range browserFields {
		part[field] = whole[field]
	}
	return part
}

// ChallengeURL is the page of a 3-D Secure check.
func (w Writer) ChallengeURL(c *ledger.Challenge) string { return w.PublicURL + "/3ds/" + c.ID }

func (w Writer) nextAction(i *ledger.Intent) any {
	switch c := i.Challenge; {
	case c == nil:
		return nil
	case c.ReturnURL != "":
		return Object{"type": "redirect_to_url", "redirect_to_url": Object{
			"url": w.ChallengeURL(c), "return_url": c.ReturnURL,
		}}
	default:
		return Object{"type": "use_stripe_sdk", "use_stripe_sdk": Object{
			"type": "three_d_secure_redirect", "source": c.ID, "stripe_js": w.ChallengeURL(c),
		}}
	}
}

// CardError writes why a card was not charged.
func (w Writer) CardError(e *ledger.CardError) Object {
	o := Object{"type": e.Type, "code": e.Code, "message": e.Message, "doc_url": docURL(e.Code)}
	for name, value := range map[string]string{"decline_code": e.DeclineCode, "param": e.Param, "charge": e.Charge} {
		if value != "" {
			o[name] = value
		}
	}
	if e.Method != nil {
		o["payment_method"] = w.Method(e.Method)
	}
	return o
}

func docURL(code string) string {
	dashed := []byte(code)
	for i, c := range dashed {
		if c == '_' {
			dashed[i] = '-'
		}
	}
	return "https://stripe.com/docs/error-codes/" + string(dashed)
}
