package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stagedoor/stagedoor/origin/payment/sandbox"
)

// The OpenAPI description inside stripe-mock is newer than the API version the sandbox
// writes. These fields are of the older version, and gone from the newer.
var olderFields = map[string][]string{
	"payment_intent": {"invoice", "source"},
	"charge":         {"destination", "dispute", "invoice", "order", "source"},
}

// TestObjectsAreStripes holds what the sandbox sends against Stripe's own description.
func TestObjectsAreStripes(t *testing.T) {
	spec := loadSpec(t)
	h := open(t, sandbox.Config{})
	check := func(name, schema string, object any) {
		t.Helper()
		if object == nil {
			t.Errorf("%s: nothing to check", name)
		}
		for _, fault := range spec.check(schema, object, schema) {
			t.Errorf("%s: %s", name, fault)
		}
	}

	id, secret := h.intent()
	check("a new intent", "payment_intent", h.get("/v1/payment_intents/"+id, nil).body)
	waiting := h.confirmAsBrowser(id, secret, "4000002500003155")
	check("an intent in 3-D Secure, in a browser", "payment_intent", waiting.body)
	check("the same for a server", "payment_intent", h.get("/v1/payment_intents/"+id, nil).body)
	h.decide(waiting.text("next_action", "use_stripe_sdk", "stripe_js"), "fail")
	check("an intent whose check failed", "payment_intent", h.get("/v1/payment_intents/"+id, nil).body)
	declined := h.confirmAsBrowser(id, secret, "4000000000009995")
	check("a decline", "error", declined.body)
	expanded := params("expand[]", "latest_charge", "expand[]", "payment_method")
	check("an intent that was declined", "payment_intent", h.get("/v1/payment_intents/"+id, expanded).body)
	away := h.post("/v1/payment_intents/"+id+"/confirm", params("payment_method", "pm_card_authenticationRequired", "return_url", "http://shop.test/"))
	check("an intent that leads away", "payment_intent", away.body)
	h.decide(away.text("next_action", "redirect_to_url", "url"), "complete")
	paid := h.get("/v1/payment_intents/"+id, expanded)
	check("an intent that was paid", "payment_intent", paid.body)
	check("its charge", "charge", paid.at("latest_charge"))
	check("its card", "payment_method", paid.at("payment_method"))
	check("a refund", "refund", h.post("/v1/refunds", params("payment_intent", id, "amount", "100")).body)
	check("a charge refunded in part", "charge", h.get("/v1/charges", params("payment_intent", id)).at("data").([]any)[0])
	dispute, _ := h.Dispute(id, "fraudulent")
	check("a dispute", "dispute", h.get("/v1/disputes/"+dispute, nil).body)
	check("a dispute that was answered", "dispute", h.post("/v1/disputes/"+dispute, params("evidence[uncategorized_text]", "They came.", "metadata[desk]", "2")).body)
	inquired := h.pay("pm_card_visa")
	inquiry := h.press("/control/payments/"+inquired+"/dispute", params("inquiry", "on")).text("id")
	check("an inquiry", "dispute", h.get("/v1/disputes/"+inquiry, nil).body)
	check("a refund that fails later", "refund", h.post("/v1/refunds", params("payment_intent", h.pay("pm_card_refundFail"))).body)
	check("a refund that waits", "refund", h.post("/v1/refunds", params("payment_intent", h.pay("pm_card_pendingRefund"))).body)
	check("a refund that failed", "refund", h.get("/v1/refunds", params("limit", "2")).at("data").([]any)[1])
	other, _ := h.intent()
	check("a canceled intent", "payment_intent", h.post("/v1/payment_intents/"+other+"/cancel", nil).body)
	check("an intent waiting to be captured", "payment_intent",
		h.post("/v1/payment_intents", intentParams("capture_method", "manual", "confirm", "true", "payment_method", "pm_card_visa")).body)
	check("a domain", "payment_method_domain", h.post("/v1/payment_method_domains", params("domain_name", "lyceum.localhost")).body)
	check("a domain that is not verified", "payment_method_domain", h.post("/v1/payment_method_domains", params("domain_name", "unverified.example")).body)
	check("a request that was refused", "error", h.post("/v1/payment_intents", params("amount", "x")).body)
	check("an idempotency error", "error", func() any {
		h.post("/v1/payment_intents", intentParams(), key("k"))
		return h.post("/v1/payment_intents", intentParams("description", "other"), key("k")).body
	}())
	for _, e := range h.get("/v1/events", params("limit", "100")).at("data").([]any) {
		event := e.(map[string]any)
		check("event "+event["type"].(string), "event", event)
		object := event["data"].(map[string]any)["object"].(map[string]any)
		check("the object of event "+event["type"].(string), object["object"].(string), object)
	}
}

// description is the part of an OpenAPI document that describes objects.
type description map[string]*schema

type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Nullable   bool               `json:"nullable"`
	Enum       []any              `json:"enum"`
	Required   []string           `json:"required"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	AnyOf      []*schema          `json:"anyOf"`
	MaxLength  int                `json:"maxLength"`
}

var readSpec = sync.OnceValues(func() (description, error) {
	root, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, err
	}
	// Download finds the module in the cache, or fetches it: a machine that has run no tool yet has no copy.
	download := exec.Command("go", "mod", "download", "-modfile=infra/tools/go.mod", "-json", "github.com/stripe/stripe-mock")
	download.Dir = filepath.Dir(strings.TrimSpace(string(root)))
	found, err := download.Output()
	if err != nil {
		return nil, fmt.Errorf("fetching stripe-mock's module: %w", err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(found, &module); err != nil {
		return nil, fmt.Errorf("fetching stripe-mock's module: %w", err)
	}
	file, err := os.Open(filepath.Join(module.Dir, "embedded", "openapi", "spec3.json"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var document struct{ Components struct{ Schemas description } }
	err = json.NewDecoder(file).Decode(&document)
	return document.Components.Schemas, err
})

func loadSpec(t *testing.T) description {
	t.Helper()
	spec, err := readSpec()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// check lists how a value differs from the schema of that name.
func (d description) check(name string, value any, at string) []string {
	s := d[name]
	if s == nil {
		return []string{at + ": no schema " + name}
	}
	return d.compare(s, name, value, at)
}

func (d description) compare(s *schema, name string, value any, at string) []string {
	if s.Ref != "" {
		return d.check(filepath.Base(s.Ref), value, at)
	}
	if value == nil {
		if s.Nullable {
			return nil
		}
		return []string{at + ": null"}
	}
	if len(s.AnyOf) > 0 {
		var best []string
		for i, option := range s.AnyOf {
			faults := d.compare(option, name, value, at)
			if len(faults) == 0 {
				return nil
			}
			if i == 0 || len(faults) < len(best) {
				best = faults
			}
		}
		return best
	}
	switch v := value.(type) {
	case map[string]any:
		return d.compareObject(s, name, v, at)
	case []any:
		var faults []string
		for i, item := range v {
			faults = append(faults, d.compare(s.Items, name, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
		return append(faults, expect(s.Type, "array", at)...)
	case string:
		faults := expect(s.Type, "string", at)
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, any(v)) {
			faults = append(faults, fmt.Sprintf("%s: %q is none of %v", at, v, s.Enum))
		}
		if s.MaxLength > 0 && len(v) > s.MaxLength {
			faults = append(faults, fmt.Sprintf("%s: longer than %d", at, s.MaxLength))
		}
		return faults
	case bool:
		return expect(s.Type, "boolean", at)
	case float64:
		if s.Type == "number" {
			return nil
		}
		return expect(s.Type, "integer", at)
	}
	return []string{fmt.Sprintf("%s: a %T", at, value)}
}

func (d description) compareObject(s *schema, name string, object map[string]any, at string) []string {
	faults := expect(s.Type, "object", at)
	for _, field := range s.Required {
		if _, there := object[field]; !there {
			faults = append(faults, at+": no "+field)
		}
	}
	if len(s.Properties) == 0 {
		return faults // free-form, as metadata is
	}
	for field, value := range object {
		property, known := s.Properties[field]
		switch {
		case known:
			faults = append(faults, d.compare(property, "", value, at+"."+field)...)
		case !slices.Contains(olderFields[name], field):
			faults = append(faults, at+": unknown field "+field)
		}
	}
	return faults
}

func expect(got, want, at string) []string {
	if got == want {
		return nil
	}
	return []string{fmt.Sprintf("%s: a %s where Stripe has a %s", at, want, got)}
}
