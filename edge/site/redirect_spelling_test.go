package site_test

import (
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
)

// A source is held against what the edge makes of it: what it reads as another
// path would be a rule that is nowhere, or where none may be.
func TestSourcesAreReadAsTheEdgeReadsThem(t *testing.T) {
	s := site.Site{Hostname: "lyceum.example", ProtectedPaths: []string{"/members"}}
	for _, test := range []struct{ source, says string }{
		{"/old", ""},
		{"/caf%c3%a9", ""},
		{"/a.b/..c/...", ""},
		{"/%2e%2e/x", "write /x"},
		{"/a/%2E/x", "write /a/x"},
		{"/a/../x", "write /x"},
		{"/a/.", "write /a/"},
		{"lyceum.example/a/.%2e", "write /"},
		{"/a%zz", "hexadecimal"},
		{"/a%0a", "no address may hold"},
		{"/%6dembers/a", "/members/a, which is protected"},
		{"/%63heckout", "/checkout, which is protected"},
	} {
		t.Run(test.source, func(t *testing.T) {
			faults := s.CheckRedirect(site.Redirect{ID: "r", Match: site.MatchExact, Source: test.source, Target: "/shows", Status: 301})
			if (test.says == "") != (len(faults) == 0) {
				t.Fatalf("faults: %v", faults)
			}
			if len(faults) > 0 && (faults[0].Field != "source" || !strings.Contains(faults[0].Problem, test.says)) {
				t.Errorf("%s: %s", faults[0].Field, faults[0].Problem)
			}
		})
	}
}
