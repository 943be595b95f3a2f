package settings

import (
	"net/url"
	"strings"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

var protectedPathsForm = section{
	ID: edgeconfig.SectionProtectedPaths, Title: "Protected paths",
	About: "Addresses at which no redirect and no rewrite may stand, with everything below them: a rule of marketing’s cannot hide them by mistake.",
	Values: func(value any) url.Values {
		return url.Values{"protected_paths": {unlines(value.(*edgeconfig.ProtectedPaths).Paths)}}
	},
	Fields: func(_ house, v url.Values) []group {
		return []group{{Fields: []field{{
			Name: "protected_paths", Label: "Paths", Kind: lines, Value: v.Get("protected_paths"), Always: site.AlwaysProtected,
			Hint: "One a line, such as /gift-cards. Each protects what is below it, too.",
		}}}}
	},
	Read: func(v url.Values) (any, map[string]string) {
		return &edgeconfig.ProtectedPaths{Paths: words(v.Get("protected_paths"))}, nil
	},
}

var redirectHostsForm = section{
	ID: edgeconfig.SectionRedirectHosts, Title: "Where redirects may lead",
	About: "Hosts of others that redirects of this site may send visitors to. Every other is refused, so that nobody can make our address lead to a stranger’s.",
	Values: func(value any) url.Values {
		return url.Values{"redirect_hosts": {unlines(value.(*edgeconfig.RedirectHosts).Hosts)}}
	},
	Fields: func(h house, v url.Values) []group {
		return []group{{Fields: []field{{
			Name: "redirect_hosts", Label: "Hosts", Kind: lines, Value: v.Get("redirect_hosts"), Always: h.Settings.RedirectHosts,
			Hint: "One a line, such as shop.partner.example; *.partner.example is every host under it, not itself. The site’s own hostnames are always allowed.",
		}}}}
	},
	Read: func(v url.Values) (any, map[string]string) {
		return &edgeconfig.RedirectHosts{Hosts: lower(words(v.Get("redirect_hosts")))}, nil
	},
}

var checkoutForm = section{
	ID: edgeconfig.SectionCheckout, Title: "Paths of the checkout",
	About: "What stays open to people who are paying when a maintenance window lets them finish.",
	Values: func(value any) url.Values {
		return url.Values{"paths": {unlines(value.(*site.Checkout).Paths)}}
	},
	Fields: func(_ house, v url.Values) []group {
		return []group{{Fields: []field{{
			Name: "paths", Label: "Paths", Kind: lines, Value: v.Get("paths"),
			Hint: "One a line, with everything below it. Leave none out that a purchase goes through, nor what its pages load. Empty: " + strings.Join(site.DefaultCheckoutPaths, " "),
		}}}}
	},
	Read: func(v url.Values) (any, map[string]string) {
		return &site.Checkout{Paths: words(v.Get("paths"))}, nil
	},
}

var wellKnownForm = section{
	ID: edgeconfig.SectionWellKnown, Title: "Files for programs",
	About: "What search engines and people who find a weakness read. Both are served by the edge, even while the site is closed.",
	Values: func(value any) url.Values {
		w := value.(*site.WellKnown)
		return url.Values{"robots_txt": {w.RobotsTxt}, "security_txt": {w.SecurityTxt}}
	},
	Fields: func(_ house, v url.Values) []group {
		return []group{{Fields: []field{
			{Name: "robots_txt", Label: "robots.txt", Kind: lines, Value: v.Get("robots_txt"), Hint: "What search engines may read. Empty: the house’s, which keeps them from the API, the checkout and orders."},
			{Name: "security_txt", Label: "security.txt", Kind: lines, Value: v.Get("security_txt"), Hint: "At least a Contact: with mailto:, tel: or https:. A line that says when it expires is added by itself, and renewed. Empty: the house’s."},
		}}}
	},
	Read: func(v url.Values) (any, map[string]string) {
		return &site.WellKnown{RobotsTxt: whole(v.Get("robots_txt")), SecurityTxt: whole(v.Get("security_txt"))}, nil
	},
}

// whole is a text as a file has it: lines end with a line feed, the last one too, and nothing is nothing.
func whole(text string) string {
	text = strings.TrimRight(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), " \t\n")
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return text + "\n"
}
