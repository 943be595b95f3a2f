package filter

import (
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/staffpass"
)

func staffCookie(t testing.TB, key []byte, siteID string, life time.Duration) chain.Field {
	t.Helper()
	cookie, err := staffpass.Cookie(key, staffpass.Pass{Name: "Zoë, front of house", Sites: []string{siteID}, Expires: opening.Add(life)}, true)
	if err != nil {
		t.Fatal(err)
	}
	return chain.Field{Name: "cookie", Value: "a=b; " + cookie.Name + "=" + cookie.Value}
}

// Whoever has no good pass is a visitor like any other, before a closed house
// as elsewhere; that is how the filter fails.
func TestStaffOfOneSite(t *testing.T) {
	h := newHouse(t, lyceum(t, func(s *site.Site) { s.Maintenance = []site.Window{{ID: "all"}} }))
	tests := []struct {
		name, site string
		key        []byte
		life       time.Duration
		want       string
	}{
		{name: "staff", site: "lyceum", key: testKey, life: time.Hour, want: "Zoë, front of house"},
		{name: "of every site", site: staffpass.Every, key: testKey, life: time.Hour, want: "Zoë, front of house"},
		{name: "of another site", site: "apollo", key: testKey, life: time.Hour},
		{name: "until just now", site: "lyceum", key: testKey, life: 0},
		{name: "by themselves", site: "lyceum", key: []byte("a key that is not ours"), life: time.Hour},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := h.ask("GET", "lyceum.example", "/", "", staffCookie(t, test.key, test.site, test.life))
			_, told := header(x.Plan.Response, headerMaintenance)
			if isIn := x.Plan.Action == chain.ActionProxy; x.Visitor.Staff != test.want || isIn != (test.want != "") || told == 1 != isIn {
				t.Errorf("staff %q, status %d, told %d times", x.Visitor.Staff, x.Plan.Status, told)
			}
		})
	}
	if x := h.ask("GET", "lyceum.example", "/", ""); x.Visitor.Staff != "" {
		t.Error("the next visitor is staff too")
	}
}

// A visitor cannot be told that the house is closed by sending the header, and
// the origin is not told that someone is staff.
func TestMaintenanceHeaderIsTheEdges(t *testing.T) {
	h := newHouse(t, lyceum(t, nil))
	x := h.ask("GET", "lyceum.example", "/", "", chain.Field{Name: headerMaintenance, Value: "closed"})
	if _, n := header(x.Plan.Response, headerMaintenance); n != 0 {
		t.Error("the header comes back")
	}
	removed := false
	for _, op := range x.Plan.Request {
		removed = removed || op.Change == chain.Remove && op.Name == headerMaintenance
	}
	if !removed {
		t.Error("the header goes on to the origin")
	}
}
