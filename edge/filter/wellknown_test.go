package filter

import (
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
)

func TestWellKnownTexts(t *testing.T) {
	h := newHouse(t, lyceum(t, func(s *site.Site) {
		s.WellKnown = site.WellKnown{RobotsTxt: "User-agent: *\n", SecurityTxt: "Contact: mailto:a@lyceum.example\n"}
	}))
	tests := []struct {
		name, method, path string
		status             int
		body               string
	}{
		{"robots", "GET", robotsPath, 200, "User-agent: *\n"},
		{"security", "GET", securityPath, 200, "Contact: mailto:a@lyceum.example\n"},
		{"health", "GET", healthPath, 200, "{\"status\":\"ok\",\"site\":\"lyceum\"}\n"},
		{"only read", "DELETE", robotsPath, 405, "This address can only be read.\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := h.ask(test.method, "lyceum.example", test.path, "")
			if x.Plan.Status != test.status || string(x.Plan.Body) != test.body {
				t.Errorf("%d %q", x.Plan.Status, x.Plan.Body)
			}
		})
	}
}
