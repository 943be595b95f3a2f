package filter

import (
	"regexp"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"pgregory.net/rapid"
)

var wellFormed = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)

// Whatever a visitor sends, what goes on to the origin is a well-formed
// traceparent with a span of the edge's own, and a plain request ID.
func TestTraceContextIsAlwaysWellFormed(t *testing.T) {
	valid := "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	rapid.Check(t, func(t *rapid.T) {
		parent := rapid.OneOf(
			rapid.String(),
			rapid.Just(valid),
			rapid.Custom(func(t *rapid.T) string { // one byte of a valid one changed
				b := []byte(valid)
				b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
				return string(b)
			}),
		).Draw(t, "traceparent")
		x := &chain.Exchange{Request: chain.Request{Fields: []chain.Field{
			{Name: "traceparent", Value: parent}, {Name: "x-request-id", Value: rapid.String().Draw(t, "id")},
		}}}
		x.Random[0], x.Random[16] = 1, 1
		x.Reset()
		verdict := Trace{}.Decide(x)

		got, n := header(x.Plan.Request, "traceparent")
		if n != 1 || !wellFormed.MatchString(got) || got == parent {
			t.Fatalf("%q -> %q", parent, got)
		}
		if joined := verdict.Reason == traceJoined; joined && got[3:35] != parent[3:35] {
			t.Fatalf("%q joined as %q", parent, got)
		}
		if id, n := header(x.Plan.Request, "X-Request-Id"); n != 1 || !isRequestID(id) {
			t.Fatalf("request ID %q", id)
		}
	})
}
