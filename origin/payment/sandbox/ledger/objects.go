// Package ledger is what the sandbox knows: payments, cards, charges, refunds,
// disputes, events, webhooks still to deliver and answers to repeat. It lives in
// memory and in a journal, changes in whole transactions, and holds no opinion about
// which changes are allowed: package api does.
//
// Every object in the ledger is a snapshot. To change one, copy it, change the copy
// and put the copy; never write through a pointer, map or slice that the ledger
// handed out. Events keep the snapshot they were made from, which is why.
package ledger

import "time"

// Intent is a PaymentIntent. Amounts are in minor units, currencies in lower case
// and instants in Unix seconds, as on Stripe's wire.
type Intent struct {
	ID             string            `json:"id"`
	Secret         string            `json:"secret"`
	Created        int64             `json:"created"`
	Status         string            `json:"status"`
	Amount         int64             `json:"amount"`
	Capturable     int64             `json:"capturable,omitempty"`
	Received       int64             `json:"received,omitempty"`
	Currency       string            `json:"currency"`
	ManualCapture  bool              `json:"manual_capture,omitempty"`
	Automatic      bool              `json:"automatic,omitempty"`
	AllowRedirects string            `json:"allow_redirects,omitempty"`
	Types          []string          `json:"types"`
	Description    string            `json:"description,omitempty"`
	ReceiptEmail   string            `json:"receipt_email,omitempty"`
	Metadata       map[string]string `json:"metadata,omitempty"`
	Method         string            `json:"method,omitempty"`
	Charge         string            `json:"charge,omitempty"`
	Challenge      *Challenge        `json:"challenge,omitempty"`
	LastError      *CardError        `json:"last_error,omitempty"`
	CanceledAt     int64             `json:"canceled_at,omitempty"`
	CancelReason   string            `json:"cancel_reason,omitempty"`
}

// Challenge is a 3-D Secure check the buyer has to pass.
type Challenge struct {
	ID string `json:"id"`
	// ReturnURL is where the buyer goes afterwards; empty when Stripe.js waits in the page.
	ReturnURL string `json:"return_url,omitempty"`
}

// CardError is why a card was not charged, as Stripe words it.
type CardError struct {
	Type        string `json:"type"`
	Code        string `json:"code"`
	DeclineCode string `json:"decline_code,omitempty"`
	Param       string `json:"param,omitempty"`
	Message     string `json:"message"`
	Charge      string `json:"charge,omitempty"`
	// Method is the card that was tried, as it was then.
	Method *Method `json:"method,omitempty"`
}

// Method is a PaymentMethod. A test card's number is kept whole, being public; of any
// other number only the last four digits are.
type Method struct {
	ID       string            `json:"id"`
	Created  int64             `json:"created"`
	Brand    string            `json:"brand"`
	Last4    string            `json:"last4"`
	ExpMonth int64             `json:"exp_month"`
	ExpYear  int64             `json:"exp_year"`
	Funding  string            `json:"funding"`
	Country  string            `json:"country"`
	CVC      bool              `json:"cvc,omitempty"`       // whether a security code was given
	TestCard string            `json:"test_card,omitempty"` // its number
	Billing  Billing           `json:"billing"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Billing is who pays.
type Billing struct {
	Name       string `json:"name,omitempty"`
	Email      string `json:"email,omitempty"`
	Phone      string `json:"phone,omitempty"`
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city,omitempty"`
	State      string `json:"state,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
}

// Charge is one attempt to take the money.
type Charge struct {
	ID            string            `json:"id"`
	Created       int64             `json:"created"`
	Status        string            `json:"status"` // succeeded or failed
	Amount        int64             `json:"amount"`
	Captured      int64             `json:"captured,omitempty"`
	Refunded      int64             `json:"refunded,omitempty"`
	Currency      string            `json:"currency"`
	Intent        string            `json:"intent"`
	Method        *Method           `json:"method"`
	Failure       *CardError        `json:"failure,omitempty"`
	Authenticated bool              `json:"authenticated,omitempty"` // 3-D Secure was passed
	Dispute       string            `json:"dispute,omitempty"`
	Description   string            `json:"description,omitempty"`
	ReceiptEmail  string            `json:"receipt_email,omitempty"`
	Metadata      map[string]string `json:"metadata,omitempty"`
}

// Refund gives money back.
type Refund struct {
	ID       string            `json:"id"`
	Created  int64             `json:"created"`
	Status   string            `json:"status"`
	Amount   int64             `json:"amount"`
	Currency string            `json:"currency"`
	Charge   string            `json:"charge"`
	Intent   string            `json:"intent"`
	Reason   string            `json:"reason,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	// Failure is why it failed, in Stripe's words, such as "lost_or_stolen_card".
	Failure string `json:"failure,omitempty"`
}

// Dispute is a charge the buyer's bank has questioned.
type Dispute struct {
	ID       string            `json:"id"`
	Created  int64             `json:"created"`
	Status   string            `json:"status"`
	Reason   string            `json:"reason"`
	Amount   int64             `json:"amount"`
	Currency string            `json:"currency"`
	Charge   string            `json:"charge"`
	Intent   string            `json:"intent"`
	DueBy    int64             `json:"due_by"`
	Evidence map[string]string `json:"evidence,omitempty"`
	// Submissions is how often evidence was sent to the bank.
	Submissions int `json:"submissions,omitempty"`
	// Withdrawn is true while the bank has the money: an inquiry takes none, and who wins gets it back.
	Withdrawn bool              `json:"withdrawn,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
}

// Open reports whether the bank has not decided.
func (d *Dispute) Open() bool {
	return d.Status != "won" && d.Status != "lost" && d.Status != "warning_closed"
}

// Domain is a hostname that wallets may be shown on.
type Domain struct {
	ID       string `json:"id"`
	Created  int64  `json:"created"`
	Hostname string `json:"hostname"`
	Enabled  bool   `json:"enabled,omitempty"`
}

// Event says that something happened to an object.
type Event struct {
	ID             string `json:"id"`
	Created        int64  `json:"created"`
	Type           string `json:"type"`
	RequestID      string `json:"request_id,omitempty"`
	IdempotencyKey string `json:"idempotency_key,omitempty"`
	About          Ref    `json:"about"`
	// Object is the snapshot About points to: *Intent, *Charge, *Refund or *Dispute.
	Object any `json:"-"`
}

// Answer is a response kept for its idempotency key.
type Answer struct {
	Key string `json:"key"`
	// Asked is the fingerprint of the request: method, path and parameters.
	Asked     string    `json:"asked"`
	Path      string    `json:"path"`
	At        time.Time `json:"at"`
	Status    int       `json:"status"`
	RequestID string    `json:"request_id"`
	// Body of the response, unless About points to the object that was the answer.
	Body   []byte `json:"body,omitempty"`
	About  *Ref   `json:"about,omitempty"`
	Object any    `json:"-"`
}

// Ref points into the Change that an object was put in.
type Ref struct {
	Kind  string `json:"kind"`
	Index int    `json:"index"`
}
