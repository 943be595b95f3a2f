package payment_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/origin/payment"
)

func validIntent() payment.CreateIntent {
	return payment.CreateIntent{
		OrderID: "0193", OrderNumber: "LY-1042", Amount: 8950, Currency: "GBP",
		BrandID: "lyceum", IdempotencyKey: "order-0193-1",
	}
}

func TestCreateIntentValidate(t *testing.T) {
	cases := []struct {
		name   string
		change func(*payment.CreateIntent)
		faults []string // empty: valid
	}{
		{name: "a plain order", change: func(*payment.CreateIntent) {}},
		{name: "exactly the minimum", change: func(c *payment.CreateIntent) { c.Amount = 30 }},
		{name: "exactly the maximum", change: func(c *payment.CreateIntent) { c.Amount = payment.MaximumCharge }},
		{name: "free", change: func(c *payment.CreateIntent) { c.Amount = 0 }, faults: []string{"below the minimum charge of 30 GBP"}},
		{name: "below the minimum in dollars", change: func(c *payment.CreateIntent) { c.Currency, c.Amount = "USD", 49 }, faults: []string{"below the minimum charge of 50 USD"}},
		{name: "negative", change: func(c *payment.CreateIntent) { c.Amount = -1 }, faults: []string{"below the minimum"}},
		{name: "too much", change: func(c *payment.CreateIntent) { c.Amount = payment.MaximumCharge + 1 }, faults: []string{"above the maximum"}},
		{name: "currency in lower case", change: func(c *payment.CreateIntent) { c.Currency = "gbp" }, faults: []string{`currency "gbp"`}},
		{name: "no order", change: func(c *payment.CreateIntent) { c.OrderID = "" }, faults: []string{"order ID is empty"}},
		{name: "no key", change: func(c *payment.CreateIntent) { c.IdempotencyKey = "" }, faults: []string{"idempotency key"}},
		{name: "key with spaces around it", change: func(c *payment.CreateIntent) { c.IdempotencyKey = " a " }, faults: []string{"idempotency key"}},
		{name: "key that would split a header", change: func(c *payment.CreateIntent) { c.IdempotencyKey = "a\r\nb" }, faults: []string{"printable ASCII"}},
		{name: "key too long", change: func(c *payment.CreateIntent) { c.IdempotencyKey = strings.Repeat("k", 256) }, faults: []string{"idempotency key"}},
		{name: "endless description", change: func(c *payment.CreateIntent) { c.Description = strings.Repeat("d", 1001) }, faults: []string{"description is longer"}},
		{
			name:   "every fault at once",
			change: func(c *payment.CreateIntent) { *c = payment.CreateIntent{} },
			faults: []string{"order ID is empty", `currency ""`, "idempotency key"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			intent := validIntent()
			c.change(&intent)
			checkFaults(t, intent.Validate(), c.faults)
		})
	}
}

func TestRefundValidate(t *testing.T) {
	cases := []struct {
		name   string
		refund payment.Refund
		faults []string
	}{
		{name: "all that is left", refund: payment.Refund{IntentID: "pi_1", IdempotencyKey: "k"}},
		{name: "a part, with a reason", refund: payment.Refund{IntentID: "pi_1", Amount: 100, Reason: payment.RequestedByCustomer, IdempotencyKey: "k"}},
		{name: "negative", refund: payment.Refund{IntentID: "pi_1", Amount: -5, IdempotencyKey: "k"}, faults: []string{"negative"}},
		{name: "made-up reason", refund: payment.Refund{IntentID: "pi_1", Reason: "bored", IdempotencyKey: "k"}, faults: []string{`reason "bored"`}},
		{name: "nothing at all", faults: []string{"intent ID is empty", "idempotency key"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { checkFaults(t, c.refund.Validate(), c.faults) })
	}
}

func checkFaults(t *testing.T, err error, faults []string) {
	t.Helper()
	if len(faults) == 0 {
		if err != nil {
			t.Fatalf("should be valid: %v", err)
		}
		return
	}
	if !errors.Is(err, payment.ErrInvalid) {
		t.Fatalf("want ErrInvalid, got %v", err)
	}
	for _, fault := range faults {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("error does not say %q: %v", fault, err)
		}
	}
}

func TestDeclineTellsBuyersWhatToDoAndHidesFraud(t *testing.T) {
	generic := payment.NewDecline("card_declined", "generic_decline").Message
	for _, secret := range []string{"lost_card", "stolen_card", "fraudulent", "pickup_card", "merchant_blacklist", "never heard of"} {
		if got := payment.NewDecline("card_declined", secret); got.Message != generic {
			t.Errorf("%s is told apart from any other refusal: %q", secret, got.Message)
		}
	}
	if got := payment.NewDecline("card_declined", "insufficient_funds"); got.Message == generic || got.DeclineCode != "insufficient_funds" {
		t.Errorf("the bank's reason should win over the code: %+v", got)
	}
	if got := payment.NewDecline("expired_card", ""); !strings.Contains(got.Message, "expired") {
		t.Errorf("the code alone should do: %+v", got)
	}
}

func TestErrorCategories(t *testing.T) {
	declined := &payment.Error{Category: payment.Declined, Decline: payment.NewDecline("card_declined", "")}
	if d, ok := payment.DeclineOf(wrap(declined)); !ok || d.Code != "card_declined" {
		t.Errorf("DeclineOf through a wrap: %v %v", d, ok)
	}
	if payment.IsRetryable(wrap(declined)) || payment.IsPermanent(wrap(declined)) {
		t.Error("a decline is neither retryable nor permanent")
	}
	if !payment.IsRetryable(wrap(&payment.Error{Category: payment.Retryable})) {
		t.Error("retryable is lost in a wrap")
	}
	missing := &payment.Error{Category: payment.Permanent, Op: "get intent", Code: "resource_missing", RequestID: "req_1", Err: payment.ErrNotFound}
	if !errors.Is(wrap(missing), payment.ErrNotFound) {
		t.Error("the sentinel is lost in a wrap")
	}
	if want := "payment: get intent: permanent (resource_missing): no such payment [req_1]"; missing.Error() != want {
		t.Errorf("got  %s\nwant %s", missing.Error(), want)
	}
	if payment.IsRetryable(nil) || payment.IsPermanent(errors.New("x")) {
		t.Error("other errors have no category")
	}
}

func TestStatuses(t *testing.T) {
	for status, final := range map[payment.Status]bool{
		payment.RequiresPaymentMethod: false, payment.RequiresAction: false, payment.Processing: false, payment.Succeeded: true, payment.Canceled: true,
	} {
		if status.Final() != final || !status.Known() {
			t.Errorf("%s: final %v, known %v", status, status.Final(), status.Known())
		}
	}
	if payment.Status("dreaming").Known() {
		t.Error("any word is a status")
	}
}

func wrap(err error) error { return errors.Join(errors.New("checkout"), err) }
