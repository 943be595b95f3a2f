// Package reconcile is what the ops Worker and the origin say to each other
// about drift: the Worker reports which Site documents the edge really has,
// the origin compares them with those that Postgres makes, publishes what
// differs and says what it did.
//
// The Worker asks on its cron:
//
//	POST Path, Content-Type: application/json, body: Report, signed like every
//	hop (package hop) for SiteID
//
// and the origin answers 200 with an Outcome, 403 when the signature is not
// the edge's, 503 when it cannot tell just now. Asking twice is harmless.
package reconcile

import "time"

// Path is where the origin listens.
const Path = "/edge/reconcile"

// SiteID is the site these requests are signed for. It is no slug, so no brand
// can have it, and no request of a visitor is ever signed for it.
const SiteID = "_ops"

// MaxReport is how many bytes a Report takes at most; the origin need read no
// more. It is enough for some 10,000 hostnames.
const MaxReport = 2 << 20

// Report is what the edge has.
type Report struct {
	At time.Time `json:"at"` // when the edge's KV was read
	// Documents are all keys that begin with site.KeyPrefix, sorted.
	Documents []Document `json:"documents"`
}

// Document is one Site document as it stands in the edge's KV.
type Document struct {
	Key    string `json:"key"`    // "site:lyceum.example"
	SHA256 string `json:"sha256"` // hex, of the value
	Bytes  int    `json:"bytes"`
}

// Outcome is what the origin found and did. Keys are sorted.
type Outcome struct {
	Compared int `json:"compared"` // documents that Postgres makes
	// Missing documents were not at the edge, Different ones were not the
	// same, Unknown ones belong to no brand.
	Missing   []string `json:"missing,omitempty"`
	Different []string `json:"different,omitempty"`
	Unknown   []string `json:"unknown,omitempty"`
	// Written and Removed count what was done about it.
	Written int `json:"written"`
	Removed int `json:"removed"`
	// Faults are sentences about what could not be repaired: a brand whose
	// document would not be valid, a write that KV refused.
	Faults []string `json:"faults,omitempty"`
}

// Drifted says whether the edge had anything else than Postgres makes.
func (o Outcome) Drifted() bool { return len(o.Missing)+len(o.Different)+len(o.Unknown) > 0 }

// LastKey is the KV key of the Record of the last attempt.
const LastKey = "ops:last-reconcile"

// Record is the last attempt, kept in KV under LastKey.
type Record struct {
	At       time.Time `json:"at"`
	Attempts int       `json:"attempts"`
	// Outcome is the origin's answer, nil when there was none; Problem then
	// says why.
	Outcome *Outcome `json:"outcome,omitempty"`
	Problem string   `json:"problem,omitempty"`
	// LastGood is when the origin last answered.
	LastGood time.Time `json:"last_good,omitzero"`
}
