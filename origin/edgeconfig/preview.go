package edgeconfig

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/engine"
	"github.com/stagedoor/stagedoor/edge/wire"
)

// Shown is what the edge answers.
type Shown struct {
	Policy string // its Content-Security-Policy
	Body   []byte // HTML
}

// Preview is the page that visitors will get while a window is open: not drawn after it but made by the edge's own
// engine from the document that the window would make, at the moment it begins.
func (e *Editor) Preview(ctx context.Context, w Window) (Shown, error) {
	if w.StartsAt.IsZero() {
		w.StartsAt = e.Now()
	}
	doc, err := e.Draft(ctx, w)
	if err != nil {
		return Shown{}, err
	}
	// Nothing is sent anywhere: any key will do that is text. In one of random bytes a line may end, and what follows it
	// would be taken for the keys of rooms.
	decider, err := engine.New([]byte(rand.Text()))
	if err != nil {
		return Shown{}, fmt.Errorf("preview: %w", err)
	}
	now := w.StartsAt.UnixMilli() + 1
	if _, err := decider.Load(doc.Site.Hostname, doc.Value, now); err != nil {
		return Shown{}, fmt.Errorf("preview: %w", err)
	}
	scheme := "http"
	if doc.Site.HTTPS {
		scheme = "https"
	}
	path := w.PathPrefix
	if path == "" {
		path = "/"
	}
	visitor := chain.Request{Method: "GET", RemoteIP: "192.0.2.1", Fields: []chain.Field{{Name: "accept", Value: "text/html"}, {Name: "user-agent", Value: "Mozilla/5.0"}}}
	in := engine.Input{Request: wire.AppendRequest(nil, &visitor, scheme+"://"+doc.Site.Hostname+path), Now: now}
	if _, err := rand.Read(in.Random[:]); err != nil {
		return Shown{}, fmt.Errorf("preview: %w", err)
	}
	out, _ := decider.Decide(nil, &in)
	plan, err := wire.ParsePlan(out)
	if err != nil {
		return Shown{}, fmt.Errorf("preview: %w", err)
	}
	shown := Shown{Body: []byte(plan.Body)}
	for _, line := range plan.Response {
		if policy, ok := strings.CutPrefix(line, "=content-security-policy: "); ok {
			shown.Policy = policy
		}
	}
	if plan.Status != 503 || shown.Policy == "" {
		return Shown{}, errors.New("preview: the edge would not show the maintenance page")
	}
	return shown, nil
}
