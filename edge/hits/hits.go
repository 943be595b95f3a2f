// Package hits is what the edge tells the origin about redirects: how often
// each rule answered. The Worker gathers them (edge/worker/hits.mjs) and sends
//
//	POST Path, Content-Type: application/json, body: Batch, signed like every
//	hop (package hop) for SiteID
//
// and the origin answers 204; 403 when the signature is not the edge's, 400
// when the body is no Batch, 503 when it cannot count just now. A batch that
// is sent again under its ID is counted once. What an isolate had not sent
// when it ended is lost: the counts tell people which rules are used, and pay
// nobody.
package hits

// Path is where the origin listens.
const Path = "/edge/hits"

// SiteID is the site these requests are signed for; see reconcile.SiteID.
const SiteID = "_ops"

// Bounds of a Batch; edge/worker/hits.mjs keeps within them.
const (
	MaxRules = 2000
	MaxBody  = 128 << 10 // bytes
	MaxCount = 1 << 30   // of one rule
)

// Header names, in a plan's changes to the request, the redirect rule that
// answered. It tells the shell; it never crosses the wire.
const Header = "X-Stagedoor-Rule"

// Batch is how often rules answered.
type Batch struct {
	ID   string         `json:"id"`   // a UUID, of this batch
	Hits map[string]int `json:"hits"` // by rule ID
}
