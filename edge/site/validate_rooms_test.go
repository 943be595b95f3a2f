package site_test

import (
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
)

func TestFaultsOfRooms(t *testing.T) {
	tests := []struct {
		name   string
		change func(*site.Room)
		want   string // of the faults, one of them; "": none
	}{
		{"as little as can be", func(*site.Room) {}, ""},
		{"no slug", func(r *site.Room) { r.ID = "Hamlet!" }, "rooms[0].id: must be a slug"},
		{"guards nothing", func(r *site.Room) { r.Paths = nil }, "rooms[0].paths: must be 1 to"},
		{"a mode nobody knows", func(r *site.Room) { r.Mode = "lifo" }, "rooms[0].mode: must be"},
		{"one gate", func(r *site.Room) { r.Gates = 1 }, ""},
		{"64 gates", func(r *site.Room) { r.Gates = 64 }, ""},
		{"65 gates", func(r *site.Room) { r.Gates = 65 }, "rooms[0].gates: must be 1 to 64"},
		{"less than no gate", func(r *site.Room) { r.Gates = -1 }, "rooms[0].gates: must be 1 to 64"},
		{"one place a minute for a network", func(r *site.Room) { r.ArrivalsPerPrefix = 1 }, ""},
		{"less than none", func(r *site.Room) { r.ArrivalsPerPrefix = -1 }, "rooms[0].arrivals_per_prefix: must be 1 to"},
		{"a pass that is over at once", func(r *site.Room) { r.PassLife = 29 }, "rooms[0].pass_life: must be 30 to"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := site.Site{
				ID: "lyceum", Name: "Lyceum", Hostname: "lyceum.example", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "Europe/London",
				Origin: site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "http://origin.example"}}},
				Rooms:  []site.Room{{ID: "hamlet", Paths: []string{"/shows/hamlet"}}},
			}
			test.change(&s.Rooms[0])
			s.SetDefaults()
			err := s.Validate()
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if r := s.Rooms[0]; test.name == "as little as can be" && (r.Gates != 4 || r.ArrivalsPerPrefix != 600) {
				t.Errorf("defaults: %+v", r)
			}
		})
	}
}
