package telemetry

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// Tracing describes where spans go.
type Tracing struct {
	Service string // the service.name of every span
	Version string
	// Endpoint is an OTLP/HTTP collector's URL ("http://127.0.0.1:4318"); spans go to /v1/traces below it. Empty:
	// spans are made, so that trace IDs join logs and messages, but are sent nowhere.
	Endpoint string
	// Processors see every span besides the exporter; tests record with one.
	Processors []trace.SpanProcessor
}

// Start installs W3C trace context propagation and a tracer provider for the process, the one global that
// OpenTelemetry's libraries look for. The returned function flushes what is left.
func (t Tracing) Start(ctx context.Context) (stop func(context.Context) error, err error) {
	described, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName(t.Service), semconv.ServiceVersion(t.Version)))
	if err != nil {
		return nil, fmt.Errorf("telemetry: describe the service: %w", err)
	}
	options := []trace.TracerProviderOption{trace.WithResource(described), trace.WithSampler(trace.ParentBased(trace.AlwaysSample()))}
	for _, processor := range t.Processors {
		options = append(options, trace.WithSpanProcessor(processor))
	}
	if t.Endpoint != "" {
		exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimRight(t.Endpoint, "/")+"/v1/traces"))
		if err != nil {
			return nil, fmt.Errorf("telemetry: reach the collector at %s: %w", t.Endpoint, err)
		}
		options = append(options, trace.WithBatcher(exporter))
	}
	provider := trace.NewTracerProvider(options...)
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return provider.Shutdown, nil
}
