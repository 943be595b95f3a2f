package site_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
)

// Documents that were valid when they were published are read for good: a
// Worker may be newer than what stands in KV, and an isolate that has just
// begun has no last good document to go on with.
func TestOlderDocumentsAreRead(t *testing.T) {
	rule := site.Redirect{ID: "dots", Match: site.MatchExact, Source: "/%2e%2e/x", Target: "/shows", Status: 301}
	written := lyceum()
	written.Redirects = append(written.Redirects, rule)
	written.Headers.ScriptSrc = []string{"https://old-script.example", "https://js.stripe.com"}
	written.Origin.Pools = append(written.Origin.Pools, site.Pool{ID: "odd", Region: "weur", BaseURL: "https://odd.example", Weight: 1})
	document, err := site.Encode(written)
	if err != nil {
		t.Fatal(err)
	}
	// Encode refuses these by now, so they are put in their places.
	for before, after := range map[string]string{`"https://old-script.example"`: `"https:"`, `"https://odd.example"`: `"http://169.254.169.254"`} {
		if !bytes.Contains(document, []byte(before)) {
			t.Fatalf("no %s in %s", before, document)
		}
		document = bytes.ReplaceAll(document, []byte(before), []byte(after))
	}

	read, err := site.Decode(document)
	if err != nil {
		t.Fatalf("an older document is not read: %v", err)
	}
	if want := []string{"https://js.stripe.com"}; !slices.Equal(read.Headers.ScriptSrc, want) {
		t.Errorf("scripts are allowed from %v, not from %v", read.Headers.ScriptSrc, want)
	}
	for _, pool := range read.Origin.Pools {
		if pool.ID == "odd" {
			t.Error("a pool that is none is asked")
		}
	}
	if !slices.ContainsFunc(read.Redirects, func(r site.Redirect) bool { return r.ID == "dots" }) || len(read.CheckRedirect(rule)) == 0 {
		t.Error("a rule that stands is kept, and refused when it is new")
	}
	if len(read.Redirects) != len(written.Redirects) || read.ID != "lyceum" {
		t.Errorf("read as %s with %d rules", read.ID, len(read.Redirects))
	}
}
