package filter

import "github.com/stagedoor/stagedoor/edge/site"

// classes are the routes that are no pages, the most specific prefix first.
var classes = []struct{ prefix, class string }{
	{"/api/v1/search", site.ClassSearch},
	{"/search", site.ClassSearch},
	{"/api/v1/holds", site.ClassCheckout},
	{"/api/v1/orders", site.ClassCheckout},
	{"/api", site.ClassAPI},
	{"/checkout", site.ClassCheckout},
	{"/orders", site.ClassCheckout},
	{"/webhooks", site.ClassWebhook},
	{"/assets", site.ClassAsset},
	{"/static", site.ClassAsset},
	{"/posters", site.ClassAsset},
	{"/favicon.ico", site.ClassAsset},
}

// classOf is the class of a route, from its canonical path.
func classOf(path string) string {
	for i := range classes {
		if site.Under(path, classes[i].prefix) {
			return classes[i].class
		}
	}
	return site.ClassPage
}
