package e2e_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	trace "go.opentelemetry.io/proto/otlp/trace/v1"
)

// traceOneSale buys a ticket in a trace of its own and finds all of it in that trace: the Worker, the origin's HTTP
// server, SQL, Redis and the event's way through JetStream until the ticket is mailed, though a webhook and two queues
// lie in between. Every parent is there.
func traceOneSale(t *testing.T, h *openHouse) {
	collected := h.spans
	var random [24]byte
	if _, err := rand.Read(random[:]); err != nil {
		t.Fatal(err)
	}
	traceID, visitor := hex.EncodeToString(random[:16]), hex.EncodeToString(random[16:])
	collected.watch(traceID)

	performance, seats := scarce(t, h, "savoy", 1) // not the one that the race is for
	buyer := newShopper(h, "savoy")
	buyer.traceparent = "00-" + traceID + "-" + visitor + "-01"
	seat := seats[0]
	var held struct{ ID string }
	if status, code, err := buyer.call(http.MethodPost, "/api/v1/holds", map[string]any{"performance_id": performance, "seats": []string{seat}}, &held); err != nil || status != http.StatusCreated {
		t.Fatalf("hold: %d %s %v", status, code, err)
	}
	number, err := buyer.pay(held.ID, seat)
	if err != nil {
		t.Fatal(err)
	}

	steps := []struct {
		what string
		is   func(span) bool
	}{
		{"the Worker", func(s span) bool { return s.service == "stagedoor-edge" && s.name == "edge POST" }},
		{"the HTTP server", func(s span) bool { return s.service == "stagedoor" && s.kind == trace.Span_SPAN_KIND_SERVER }},
		{"SQL", func(s span) bool {
			return s.attributes["db.system.name"] == "postgresql" || s.attributes["db.system"] == "postgresql"
		}},
		{"Redis", func(s span) bool {
			return s.attributes["db.system.name"] == "redis" || s.attributes["db.system"] == "redis"
		}},
		{"the payment", func(s span) bool { return strings.HasPrefix(s.name, "settle ") || strings.HasPrefix(s.name, "apply ") }},
		{"the JetStream publisher", func(s span) bool {
			return s.kind == trace.Span_SPAN_KIND_PRODUCER && s.name == "publish stagedoor.order.paid.v1"
		}},
		{"the JetStream consumer that mails the ticket", isMailed},
	}
	var spans map[string]span
	missing := func() (out []string) {
		spans = collected.of(traceID)
		for _, step := range steps {
			if !slices.ContainsFunc(slices.Collect(maps.Values(spans)), step.is) {
				out = append(out, step.what)
			}
		}
		for _, s := range spans {
			if _, ok := spans[s.parent]; !ok && s.parent != visitor {
				out = append(out, fmt.Sprintf("the parent of %s %q", s.service, s.name))
			}
		}
		return out
	}
	// Spans are sent in batches, every five seconds at the latest.
	for deadline := time.Now().Add(time.Minute); len(missing()) > 0; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("order %s: the trace lacks %q; it has\n%s", number, missing(), tree(spans, visitor, ""))
		}
	}
	path := checkPath(t, spans, visitor)
	if len(collected.faults) > 0 {
		t.Errorf("the collector was sent what it cannot read: %q", collected.faults)
	}
	t.Logf("order %s: %d spans in one trace; back from the mail: %s", number, len(spans), strings.Join(path, " < "))
}

func isMailed(s span) bool {
	return s.kind == trace.Span_SPAN_KIND_CONSUMER && s.name == "process stagedoor.order.paid.v1" && s.attributes["messaging.consumer.group.name"] == "notify"
}

// checkPath follows the parents from the mail back to the visitor.
func checkPath(t *testing.T, spans map[string]span, visitor string) (path []string) {
	t.Helper()
	var mailed span
	for _, s := range spans {
		if isMailed(s) {
			mailed = s
		}
	}
	for id := mailed.id; id != visitor; id = spans[id].parent {
		s, ok := spans[id]
		if !ok || len(path) > 50 {
			t.Fatalf("the way back from the mail ends after %q", path)
		}
		path = append(path, s.service+" "+s.name)
	}
	at := -1
	for _, want := range []string{"stagedoor process stagedoor.order.paid.v1", "stagedoor publish stagedoor.order.paid.v1", "stagedoor POST /api/v1/orders", "stagedoor-edge edge POST"} {
		next := slices.IndexFunc(path, func(step string) bool { return strings.HasPrefix(step, want) })
		if next <= at {
			t.Errorf("%q is not where it belongs on the way back from the mail: %q", want, path)
		}
		at = next
	}
	return path
}

// tree draws spans below a parent, in the order of their names.
func tree(spans map[string]span, parent, indent string) string {
	var out strings.Builder
	below := slices.SortedFunc(maps.Values(spans), func(a, b span) int { return strings.Compare(a.name+a.id, b.name+b.id) })
	for _, s := range below {
		if s.parent == parent {
			fmt.Fprintf(&out, "%s%s: %s\n%s", indent, s.service, s.name, tree(spans, s.id, indent+"  "))
		}
	}
	return out.String()
}
