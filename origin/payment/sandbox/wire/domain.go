package wire

import (
	"strings"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox/ledger"
)

// Unverified is how hostnames begin on which Apple Pay stays inactive, as on one that
// does not serve Apple's file. They are the sandbox's own: Stripe has no such names.
const Unverified = "unverified"

// Domain writes a payment_method_domain. Every wallet is active on it, whether or not
// it is enabled, as at Stripe; but for Apple Pay on an Unverified one.
func (w Writer) Domain(d *ledger.Domain) Object {
	apple := Object{"status": "active"}
	if strings.HasPrefix(d.Hostname, Unverified) {
		apple = Object{"status": "inactive", "status_details": Object{
			"error_message": "The domain was not verified: Apple's file was not found on it. (The sandbox verifies no hostname that begins with " + Unverified + ".)",
		}}
	}
	active := Object{"status": "active"}
	return Object{
		"id": d.ID, "object": "payment_method_domain", "created": d.Created, "domain_name": d.Hostname, "enabled": d.Enabled, "livemode": false,
		"amazon_pay": active, "apple_pay": apple, "google_pay": active, "klarna": active, "link": active, "paypal": active,
	}
}
