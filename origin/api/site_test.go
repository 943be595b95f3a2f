package api_test

import (
	"net/http"
	"testing"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/hold"
)

// A hold is known on the sites that sell its seats, and on no other, not even to whoever holds them.
func TestAHoldBelongsToItsSite(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada := v.buyer()
	kept := ada.hold("stalls-A-1")
	path := "/api/v1/holds/" + kept.Id
	ada.site = bookingtest.OtherBrand
	ada.refused("not_found", http.MethodGet, path, nil)
	ada.refused("not_found", http.MethodPost, path+"/extend", nil)
	ada.refused("not_found", http.MethodDelete, path, nil)
	ada.refused("not_found", http.MethodGet, "/api/v1/holds/"+hold.NewID(v.house.PlanID), nil) // of a performance there isn't
	for _, site := range []string{bookingtest.Brand, bookingtest.Group} {
		ada.site = site
		var same apigen.Hold
		if ada.want(http.StatusOK, http.MethodGet, path, nil).into(t, &same); same.Id != kept.Id || same.Extended {
			t.Errorf("%s: %+v", site, same)
		}
	}
	ada.want(http.StatusNoContent, http.MethodDelete, path, nil)
	ada.want(http.StatusNoContent, http.MethodDelete, "/api/v1/holds/nothing", nil)
}

// Names are taken as their bearers write them, and not as a trick.
func TestNamesInAnyScript(t *testing.T) {
	t.Parallel()
	v := newTheatre(t)
	ada := v.buyer()
	kept := ada.hold("stalls-A-1")
	for _, c := range []struct{ name, stored string }{
		{"علی\u200cرضا فرشته\u200cپور", "علی\u200cرضا فرشته\u200cپور"}, // Persian, with the non-joiners it needs
		{"क्\u200dष \u0936\u0930\u094d\u200dमा", "क्\u200dष \u0936\u0930\u094d\u200dमा"},
		{"  Zoë\u0301  O’Brien-Ñuñez ", "Zoë\u0301 O’Brien-Ñuñez"},
		{"李小龙", "李小龙"},
		{"\u200cAda\u200d", "Ada"},
		{"\u200c\u200d", ""},
		{"Ada\u202eanecA", ""}, // turns the direction of what follows
		{"\u2066Ada\u2069", ""},
		{"Ada\u200fB", ""},
		{"Ada\u0000B", ""},
		{"Ada\u0007B", ""},
		{"Ada\ufeffB", ""},
		{"Ada\u00adB", ""},
	} {
		body := orderBody(kept)
		body.Name = c.name
		key := "key-" + hold.NewID(v.evening)
		if c.stored == "" {
			p := ada.refused("invalid", http.MethodPost, "/api/v1/orders", body, "Idempotency-Key", key)
			if p.Errors == nil || len(*p.Errors) != 1 || (*p.Errors)[0].Field != "name" {
				t.Errorf("%q: %+v", c.name, p.Errors)
			}
			continue
		}
		var placed apigen.PlacedOrder
		ada.want(http.StatusCreated, http.MethodPost, "/api/v1/orders", body, "Idempotency-Key", key).into(t, &placed)
		if placed.Order.Name != c.stored {
			t.Errorf("%q is kept as %q", c.name, placed.Order.Name)
		}
	}
}
