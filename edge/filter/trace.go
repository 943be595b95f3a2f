package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/hop"
)

// Trace takes or makes the W3C trace context and the request ID.
//
// A visitor's traceparent joins their trace when it is well-formed, with the
// edge as a span of its own; a malformed one is replaced, never echoed, and
// the tracestate beside it is dropped. A visitor's request ID is kept when it
// is short and plain. It fails open: a request without a trace is still one.
type Trace struct{}

func (Trace) Name() string           { return "trace" }
func (Trace) Needs() []string        { return nil }
func (Trace) Fails() chain.Direction { return chain.FailOpen }

const (
	traceJoined   chain.Reason = "trace.joined"
	traceStarted  chain.Reason = "trace.started"
	traceReplaced chain.Reason = "trace.replaced"
)

func (Trace) Decide(x *chain.Exchange) chain.Verdict {
	x.RequestID = x.Request.Get("x-request-id")
	if !isRequestID(x.RequestID) {
		x.RequestID = hexText(x, x.RandomRequestID())
	}

	why, flags := traceStarted, "01"
	parent := x.Request.Get("traceparent")
	if isTraceparent(parent) {
		why, x.TraceID, flags = traceJoined, parent[3:35], parent[53:55]
	} else {
		if parent != "" {
			why = traceReplaced
		}
		x.TraceID = hexText(x, x.RandomTraceID())
		if x.Request.Get("tracestate") != "" {
			x.Plan.Request = append(x.Plan.Request, chain.Op{Change: chain.Remove, Name: "tracestate"})
		}
	}

	span := hexText(x, x.RandomSpanID())
	out := append(x.Scratch(), "00-"...)
	out = append(out, x.TraceID...)
	out = append(out, '-')
	out = append(out, span...)
	out = append(out, '-')
	out = append(out, flags...)
	x.SetRequest("traceparent", x.Keep(out))
	x.SetRequest(hop.HeaderRequestID, x.RequestID)
	x.SetResponse(hop.HeaderRequestID, x.RequestID)
	return chain.Continue(why)
}

// isTraceparent accepts version 00 of the header, and of a later version the
// part that version 00 defines (W3C Trace Context, section 3.2).
func isTraceparent(v string) bool {
	if len(v) < 55 || v[2] != '-' || v[35] != '-' || v[52] != '-' {
		return false
	}
	version, traceID, parentID, flags := v[:2], v[3:35], v[36:52], v[53:55]
	if !isLowerHex(version) || version == "ff" || (len(v) > 55 && (version == "00" || v[55] != '-')) {
		return false
	}
	return isLowerHex(traceID) && isLowerHex(parentID) && isLowerHex(flags) &&
		strings.Trim(traceID, "0") != "" && strings.Trim(parentID, "0") != ""
}

func isLowerHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}

func isRequestID(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
