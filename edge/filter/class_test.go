package filter

import (
	"testing"

	"github.com/stagedoor/stagedoor/edge/site"
)

func TestClassOf(t *testing.T) {
	for path, want := range map[string]string{
		"/": site.ClassPage, "/shows/hamlet": site.ClassPage, "/searching": site.ClassPage, "/search": site.ClassSearch,
		"/api/v1/search": site.ClassSearch, "/api/v1/shows": site.ClassAPI, "/api/v1/holds": site.ClassCheckout, "/api/v1/orders/LYC-1": site.ClassCheckout,
		"/checkout/1": site.ClassCheckout, "/orders/LYC-1": site.ClassCheckout, "/webhooks/stripe": site.ClassWebhook,
		"/assets/x.css": site.ClassAsset, "/posters/hamlet.svg": site.ClassAsset, "/postersale": site.ClassPage,
	} {
		if got := classOf(path); got != want {
			t.Errorf("%s is of class %q, want %q", path, got, want)
		}
	}
}
