package e2e_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// traces is an OpenTelemetry collector that keeps the spans of the traces it is asked to watch: the origin sends them
// as protobuf, the Worker as JSON.
type traces struct {
	*httptest.Server
	mu      sync.Mutex
	watched map[string]map[string]span // by trace ID and span ID, in hex
	faults  []string
}

// span is what the tests read of one.
type span struct {
	id, parent, name, service string
	kind                      trace.Span_SpanKind
	attributes                map[string]string
	failed                    bool
}

func collect(t *testing.T) *traces {
	c := &traces{watched: map[string]map[string]span{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

// ServeHTTP implements OTLP/HTTP as far as its two senders use it.
func (c *traces) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" {
		c.fault(r.Method + " " + r.URL.Path)
		http.NotFound(w, r)
		return
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			c.fault(err.Error())
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = z
	}
	text, err := io.ReadAll(body)
	request := new(collector.ExportTraceServiceRequest)
	if err == nil {
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			request, err = readJSON(text)
		} else {
			err = proto.Unmarshal(text, request)
		}
	}
	if err != nil {
		c.fault(err.Error())
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.keep(request)
}

func (c *traces) fault(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, what)
}

// watch keeps the spans of a trace from now on.
func (c *traces) watch(traceID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watched[traceID] = map[string]span{}
}

// of is the spans of a trace by now, by ID.
func (c *traces) of(traceID string) map[string]span {
	c.mu.Lock()
	defer c.mu.Unlock()
	spans := make(map[string]span, len(c.watched[traceID]))
	for id, s := range c.watched[traceID] {
		spans[id] = s
	}
	return spans
}

func (c *traces) keep(request *collector.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.ResourceSpans {
		service := texts(resource.GetResource().GetAttributes())["service.name"]
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				if spans := c.watched[hexOf(s.TraceId)]; spans != nil {
					id := hexOf(s.SpanId)
					spans[id] = span{
						id: id, parent: hexOf(s.ParentSpanId), name: s.Name, service: service, kind: s.Kind,
						attributes: texts(s.Attributes), failed: s.GetStatus().GetCode() == trace.Status_STATUS_CODE_ERROR,
					}
				}
			}
		}
	}
}

func texts(attributes []*common.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range attributes {
		out[a.Key] = a.Value.GetStringValue()
	}
	return out
}
