package booking

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
)

// traceparent is the W3C form of the trace that ctx belongs to, or "".
func traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// inTraceOf returns ctx as part of a trace kept earlier, so that the tickets and mails of an order join the request
// that placed it, not the provider's webhook. An empty or unreadable traceparent changes nothing.
func inTraceOf(ctx context.Context, parent string) context.Context {
	if parent == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": parent})
}
