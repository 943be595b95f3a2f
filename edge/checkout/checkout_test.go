package checkout_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/checkout"
	"github.com/stagedoor/stagedoor/edge/hop"
)

var (
	key = []byte("0123456789abcdef0123456789abcdef")
	now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
)

func TestPass(t *testing.T) {
	v, err := checkout.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		life   time.Duration
		change func(value string) string
		site   string
		want   bool
	}{
		{name: "good", life: 10 * time.Minute, want: true},
		{name: "last second", life: time.Second, want: true},
		{name: "expired", life: 0},
		{name: "too long a life", life: 2 * time.Hour},
		{name: "another site", life: time.Minute, site: "apollo"},
		{name: "prolonged", life: time.Minute, change: func(v string) string { return strings.Replace(v, "1", "2", 1) }},
		{name: "signature cut", life: time.Minute, change: func(v string) string { return v[:len(v)-1] }},
		{name: "signature changed", life: time.Minute, change: func(v string) string { return v[:len(v)-1] + "g" }},
		{name: "empty", life: time.Minute, change: func(string) string { return "" }},
		{name: "no number", life: time.Minute, change: func(v string) string { return "x" + v }},
		{name: "signed number", life: time.Minute, change: func(v string) string { return "+" + v }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cookie, err := checkout.Cookie(key, "lyceum", now.Add(test.life), true)
			if err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				cookie.Value = test.change(cookie.Value)
			}
			site := "lyceum"
			if test.site != "" {
				site = test.site
			}
			if got := v.Valid(cookie.Value, site, now.Unix()); got != test.want {
				t.Errorf("Valid(%q) = %v", cookie.Value, got)
			}
		})
	}
}

func TestShortKey(t *testing.T) {
	if _, err := checkout.Cookie([]byte("short"), "lyceum", now, false); !errors.Is(err, hop.ErrShortKey) {
		t.Fatalf("error = %v", err)
	}
}
