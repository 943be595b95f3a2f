package boxoffice_test

import (
	"testing"

	"github.com/stagedoor/stagedoor/origin/browsertest"
)

// TestTheBoxOfficeInABrowser walks through browser_test.mjs: a sale by keyboard alone, a reservation, an exchange, a refund,
// and the new ticket scanned at the door. SCREENSHOTS=folder keeps pictures.
func TestTheBoxOfficeInABrowser(t *testing.T) {
	s := newStage(t)
	browsertest.Script(t, "browser_test.mjs", "HOUSE="+s.server.URL, "EVENING="+s.Evening.String(), "PORT=0")
	if n := s.count(`select count(*) from ticket_scans where result = 'in'`); n != 1 {
		t.Errorf("%d people are in", n)
	}
}
