package e2e_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

func hexOf(id []byte) string { return hex.EncodeToString(id) }

// readJSON reads OTLP's JSON, which is protobuf's but for trace and span IDs: those are hex instead of base64. It is
// strict: a field that OTLP does not have is an error.
func readJSON(text []byte) (*collector.ExportTraceServiceRequest, error) {
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	if err := idsToBase64(tree); err != nil {
		return nil, err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	request := new(collector.ExportTraceServiceRequest)
	return request, protojson.Unmarshal(text, request)
}

func idsToBase64(tree any) error {
	switch node := tree.(type) {
	case []any:
		for _, child := range node {
			if err := idsToBase64(child); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, child := range node {
			length := map[string]int{"traceId": 16, "spanId": 8, "parentSpanId": 8}[name]
			text, isText := child.(string)
			if length == 0 || !isText {
				if err := idsToBase64(child); err != nil {
					return err
				}
				continue
			}
			id, err := hex.DecodeString(text)
			if err != nil || len(id) != length {
				return fmt.Errorf("%s is %q", name, text)
			}
			node[name] = base64.StdEncoding.EncodeToString(id)
		}
	}
	return nil
}
