package wire

import "github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"

// Charge writes a Charge.
func (w Writer) Charge(c *ledger.Charge) Object {
	o := Object{
		"id": c.ID, "object": "charge", "amount": c.Amount, "amount_captured": c.Captured,
		"amount_refunded": c.Refunded, "application": nil, "application_fee": nil,
		"application_fee_amount": nil, "balance_transaction": nil,
		"billing_details":                 billing(c.Method.Billing),
		"calculated_statement_descriptor": "STAGEDOOR", "captured": c.Captured > 0, "created": c.Created,
		"currency": c.Currency, "customer": nil, "description": text(c.Description),
		"destination": nil, "dispute": text(c.Dispute), "disputed": c.Dispute != "",
		"failure_balance_transaction": nil, "failure_code": nil, "failure_message": nil,
		"fraud_details": Object{}, "invoice": nil, "livemode": false, "metadata": metadata(c.Metadata),
		"on_behalf_of": nil, "order": nil, "outcome": outcome(c), "paid": c.Status == "succeeded",
		"payment_intent": text(c.Intent), "payment_method": c.Method.ID,
		"payment_method_details": Object{"type": "card", "card": chargedCard(c)},
		"radar_options":          Object{}, "receipt_email": text(c.ReceiptEmail), "receipt_number": nil,
		"receipt_url": nil, "refunded": c.Captured > 0 && c.Refunded == c.Captured, "review": nil,
		"shipping": nil, "source": nil, "source_transfer": nil, "statement_descriptor": nil,
		"statement_descriptor_suffix": nil, "status": c.Status, "transfer_data": nil, "transfer_group": nil,
	}
	if c.Failure != nil {
		o["failure_code"], o["failure_message"] = c.Failure.Code, c.Failure.Message
	}
	return o
}

func outcome(c *ledger.Charge) Object {
	if c.Failure == nil {
		return Object{
			"network_status": "approved_by_network", "reason": nil, "risk_level": "normal", "risk_score": 20,
			"seller_message": "Payment complete.", "type": "authorized",
		}
	}
	reason := c.Failure.DeclineCode
	if reason == "" {
		reason = c.Failure.Code
	}
	if reason == "fraudulent" {
		return Object{
			"network_status": "not_sent_to_network", "reason": "highest_risk_level", "risk_level": "highest", "risk_score": 99,
			"seller_message": "Stripe blocked this payment as too risky.", "type": "blocked",
		}
	}
	return Object{
		"network_status": "declined_by_network", "reason": reason, "risk_level": "normal", "risk_score": 40,
		"seller_message": "The bank returned the decline code `" + reason + "`.", "type": "issuer_declined",
	}
}

func chargedCard(c *ledger.Charge) Object {
	m := c.Method
	card := Object{
		"amount_authorized": c.Amount, "brand": m.Brand, "checks": checks(m, c.Failure), "country": m.Country,
		"exp_month": m.ExpMonth, "exp_year": m.ExpYear, "extended_authorization": Object{"status": "disabled"},
		"fingerprint": fingerprint(m), "funding": m.Funding, "incremental_authorization": Object{"status": "unavailable"},
		"installments": nil, "last4": m.Last4, "mandate": nil, "multicapture": Object{"status": "unavailable"},
		"network": m.Brand, "network_token": Object{"used": false},
		"overcapture":    Object{"maximum_amount_capturable": c.Amount, "status": "unavailable"},
		"three_d_secure": nil, "wallet": nil,
	}
	if c.Authenticated {
		card["three_d_secure"] = Object{
			"authentication_flow": "challenge", "electronic_commerce_indicator": "05", "exemption_indicator": nil,
			"result": "authenticated", "result_reason": nil, "transaction_id": nil, "version": "2.2.0",
		}
	}
	return card
}

// Refund writes a Refund.
func (w Writer) Refund(r *ledger.Refund) Object {
	o := Object{
		"id": r.ID, "object": "refund", "amount": r.Amount, "balance_transaction": nil, "charge": r.Charge,
		"created": r.Created, "currency": r.Currency,
		"destination_details": Object{"type": "card", "card": Object{
			"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund",
		}},
		"metadata": metadata(r.Metadata), "payment_intent": text(r.Intent), "reason": text(r.Reason),
		"receipt_number": nil, "source_transfer_reversal": nil, "status": r.Status, "transfer_reversal": nil,
	}
	if r.Failure != "" {
		o["failure_reason"] = r.Failure
	}
	return o
}

// EvidenceFields are what may speak for a shop.
var EvidenceFields = []string{
	"access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
	"cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
	"customer_purchase_ip", "customer_signature", "duplicate_charge_documentation",
	"duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt",
	"refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date",
	"service_documentation", "shipping_address", "shipping_carrier", "shipping_date",
	"shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
}

// Dispute writes a Dispute.
func (w Writer) Dispute(d *ledger.Dispute) Object {
	evidence := Object{"enhanced_evidence": Object{}}
	for _, field := range EvidenceFields {
		evidence[field] = text(d.Evidence[field])
	}
	return Object{
		"id": d.ID, "object": "dispute", "amount": d.Amount, "balance_transactions": []any{}, "charge": d.Charge,
		"created": d.Created, "currency": d.Currency, "enhanced_eligibility_types": []any{}, "evidence": evidence,
		"evidence_details": Object{
			"due_by": number(d.DueBy), "enhanced_eligibility": Object{}, "has_evidence": len(d.Evidence) > 0, "past_due": false, "submission_count": d.Submissions,
		},
		"is_charge_refundable": !d.Withdrawn, "livemode": false, "metadata": metadata(d.Metadata), "payment_intent": text(d.Intent),
		"reason": d.Reason, "status": d.Status,
	}
}
