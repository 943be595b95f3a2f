package edgeconfig_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// What isolates share is twice what a site allows: a client that keeps to its limit uses up to that much in a minute.
func TestSharedLimitsFitTheDefaults(t *testing.T) {
	text, err := os.ReadFile("../../wrangler.toml")
	if err != nil {
		t.Fatal(err)
	}
	shared := map[string]int{}
	for _, match := range regexp.MustCompile(`(?s)name = "LIMITER_([A-Z]+)"\nnamespace_id = "\d+"\nsimple = \{ limit = (\d+), period = 60 \}`).FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.Atoi(match[2])
		if err != nil {
			t.Fatal(err)
		}
		shared[strings.ToLower(match[1])] = n
	}
	for _, class := range []string{site.ClassPage, site.ClassAsset, site.ClassAPI, site.ClassSearch, site.ClassCheckout} {
		if shared[class] == 0 {
			t.Errorf("no limiter is bound for %s", class)
		}
	}
	for _, l := range edgeconfig.DefaultLimits() {
		if l.Period != 60 || shared[l.Class] != 2*l.Requests {
			t.Errorf("%s: %d in %d s, and %d shared in 60 s", l.Class, l.Requests, l.Period, shared[l.Class])
		}
	}
}

func TestLimitsAreValid(t *testing.T) {
	for name, limits := range map[string][]site.Limit{"default": edgeconfig.DefaultLimits(), "practice": edgeconfig.PracticeLimits()} {
		s := site.Site{
			ID: "lyceum", Name: "Lyceum", Hostname: "lyceum.example", Country: "GB", Locale: "en-GB", Currency: "GBP", TimeZone: "UTC",
			Origin: site.Origin{Pools: []site.Pool{{ID: "main", BaseURL: "http://origin.example"}}}, Limits: limits,
		}
		s.SetDefaults()
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
