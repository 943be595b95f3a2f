package wire

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// Method writes a PaymentMethod.
func (w Writer) Method(m *ledger.Method) Object {
	return Object{
		"id": m.ID, "object": "payment_method", "allow_redisplay": "unspecified",
		"billing_details": billing(m.Billing),
		"card": Object{
			"brand": m.Brand, "checks": checks(m, nil), "country": m.Country, "display_brand": m.Brand,
			"exp_month": m.ExpMonth, "exp_year": m.ExpYear, "fingerprint": fingerprint(m), "funding": m.Funding,
			"generated_from": nil, "last4": m.Last4,
			"networks":             Object{"available": []string{m.Brand}, "preferred": nil},
			"three_d_secure_usage": Object{"supported": true}, "wallet": nil,
		},
		"created": m.Created, "customer": nil, "livemode": false, "metadata": metadata(m.Metadata), "type": "card",
	}
}

func billing(b ledger.Billing) Object {
	return Object{
		"address": Object{
			"city": text(b.City), "country": text(b.Country), "line1": text(b.Line1), "line2": text(b.Line2),
			"postal_code": text(b.PostalCode), "state": text(b.State),
		},
		"email": text(b.Email), "name": text(b.Name), "phone": text(b.Phone), "tax_id": nil,
	}
}

func checks(m *ledger.Method, failure *ledger.CardError) Object {
	var line1, postcode, cvc any
	if m.Billing.Line1 != "" {
		line1 = "pass"
	}
	if m.Billing.PostalCode != "" {
		postcode = "pass"
	}
	switch {
	case failure != nil && failure.Code == "incorrect_cvc":
		cvc = "fail"
	case m.CVC:
		cvc = "pass"
	}
	return Object{"address_line1_check": line1, "address_postal_code_check": postcode, "cvc_check": cvc}
}

// fingerprint is equal for two PaymentMethods of the same card.
func fingerprint(m *ledger.Method) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s", m.TestCard, m.Brand, m.Last4))
	return base32.StdEncoding.EncodeToString(sum[:])[:16]
}
