package site

import (
	"slices"
	"strconv"
)

const (
	maxLocales    = 32
	maxCurrencies = 16
)

func (s *Site) validateLocales(f *Faults) {
	l := &s.Locales
	if len(l.Offered) > maxLocales {
		f.add("locales.offered", "must be at most "+strconv.Itoa(maxLocales))
	}
	for i, locale := range l.Offered {
		if !isLocale(locale) {
			f.add(at("locales.offered", i, ""), `must look like "cy-GB"`)
		} else if locale == s.Locale || slices.Contains(l.Offered[:i], locale) {
			f.add(at("locales.offered", i, ""), "repeats "+locale)
		}
	}
	if l.PathPrefix && len(l.Offered) == 0 {
		f.add("locales.path_prefix", "needs a locale besides the site's own to lead to")
	}
	if len(l.Currencies) > maxCurrencies {
		f.add("locales.currencies", "must be at most "+strconv.Itoa(maxCurrencies))
	}
	for i, currency := range l.Currencies {
		if !isUpper(currency, 3) {
			f.add(at("locales.currencies", i, ""), "must be three capital letters (ISO 4217)")
		} else if currency == s.Currency || slices.Contains(l.Currencies[:i], currency) {
			f.add(at("locales.currencies", i, ""), "repeats "+currency)
		}
	}
}
