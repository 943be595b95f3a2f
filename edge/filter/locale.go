package filter

import (
	"strings"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/language"
	"github.com/stagedoor/stagedoor/edge/site"
)

// Locale settles the language and the currency a visitor is served in, takes
// a locale off the front of the path, and tells the origin (the origin filter
// sends both on).
//
// The language is that of the cookie stagedoor_locale, else of the path, else
// what Accept-Language asks for, else that of the visitor's country, else the
// site's own; the currency that of the cookie stagedoor_currency, else of the
// country. What the site does not offer is passed over. Crawlers get the
// site's own unless the path says otherwise: an index must hold what an
// address shows to everyone.
//
// Vary names the headers that were looked at, when there was a choice. The
// country is no header of the visitor's; caches on their side of the edge are
// in it. It fails open: the site's own language is right for most.
type Locale struct {
	site       *site.Site
	locales    []string // the site's own first
	currencies []string
}

func (Locale) Name() string           { return "locale" }
func (Locale) Needs() []string        { return []string{"site", "canonical", "bot", "rewrite"} }
func (Locale) Fails() chain.Direction { return chain.FailOpen }

const (
	localeOnly     chain.Reason = "locale.only-one" // the site is offered in no other
	localeCookie   chain.Reason = "locale.cookie"
	localePath     chain.Reason = "locale.path"
	localeHeader   chain.Reason = "locale.accept-language"
	localeCountry  chain.Reason = "locale.country"
	localeDefault  chain.Reason = "locale.default"
	localeCrawler  chain.Reason = "locale.crawler"
	localeCookies               = "stagedoor_locale"
	currencyCookie              = "stagedoor_currency"
)

func (f Locale) Bind(s *site.Site) (chain.Filter, error) {
	f.site = s
	f.locales = append([]string{s.Locale}, s.Locales.Offered...)
	f.currencies = append([]string{s.Currency}, s.Locales.Currencies...)
	return f, nil
}

func (f Locale) Decide(x *chain.Exchange) chain.Verdict {
	v := &x.Visitor
	v.Locale, v.Currency = f.locales[0], f.currencies[0]
	if len(f.locales) == 1 && len(f.currencies) == 1 {
		return chain.Continue(localeOnly)
	}
	named, route := f.site.SplitLocale(x.Path)
	if named != "" {
		moveTo(x, route)
	}
	if v.Crawler {
		if named != "" {
			v.Locale = named
			return chain.Continue(localePath)
		}
		return chain.Continue(localeCrawler)
	}

	why, vary := localeOnly, "Cookie"
	if len(f.locales) > 1 {
		if why = f.choose(x, named); why != localeCookie && why != localePath {
			vary = "Cookie, Accept-Language"
		}
	}
	if len(f.currencies) > 1 {
		if chosen := among(f.currencies, cookieOf(x, currencyCookie)); chosen != "" {
			v.Currency = chosen
		} else if chosen := among(f.currencies, currencyOf(x.Request.Network.Country)); chosen != "" {
			v.Currency = chosen
		}
	}
	x.Plan.Response = append(x.Plan.Response, chain.Op{Change: chain.Append, Name: "vary", Value: vary})
	return chain.Continue(why)
}

// choose sets the visitor's locale and says what decided.
func (f Locale) choose(x *chain.Exchange, named string) chain.Reason {
	v := &x.Visitor
	if chosen := among(f.locales, cookieOf(x, localeCookies)); chosen != "" {
		v.Locale = chosen
		return localeCookie
	}
	if named != "" {
		v.Locale = named
		return localePath
	}
	header := x.Request.Get("accept-language")
	if chosen, found := language.Lookup(header, f.locales); found {
		v.Locale = chosen
		return localeHeader
	}
	if country := x.Request.Network.Country; country != "" && country != f.site.Country {
		for _, locale := range f.locales {
			if strings.HasSuffix(locale, country) && !language.Refuses(header, locale) {
				v.Locale = locale
				return localeCountry
			}
		}
	}
	return localeDefault
}

// among returns the one of a list that is word, "" when none is.
func among(list []string, word string) string {
	if word == "" {
		return ""
	}
	for _, item := range list {
		if strings.EqualFold(item, word) {
			return item
		}
	}
	return ""
}

// currencyOf is what people in a country (ISO 3166-1) pay with, "" when this
// list does not have it: the euro's members, and where theatres' visitors
// otherwise come from.
func currencyOf(country string) string {
	switch country {
	case "GB", "GG", "IM", "JE":
		return "GBP"
	case "US", "PR":
		return "USD"
	case "AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK",
		"AD", "MC", "ME", "SM", "VA", "XK":
		return "EUR"
	case "CH", "LI":
		return "CHF"
	case "CA":
		return "CAD"
	case "AU":
		return "AUD"
	case "NZ":
		return "NZD"
	case "JP":
		return "JPY"
	case "SE":
		return "SEK"
	case "NO":
		return "NOK"
	case "DK":
		return "DKK"
	case "PL":
		return "PLN"
	case "CZ":
		return "CZK"
	}
	return ""
}
