package site

import "strings"

// SplitLocale takes the locale off a path whose first segment names one the
// site is offered in, as "cy" or "cy-gb": "/cy/shows" is cy-GB's "/shows". Of
// two locales with one language the first, beginning with the site's own, has
// the short form. locale is "" and rest the path when there is none, or when
// the site has no such paths.
func (s *Site) SplitLocale(path string) (locale, rest string) {
	if !s.Locales.PathPrefix || len(path) < 3 {
		return "", path
	}
	segment := path[1:]
	rest = "/"
	if i := strings.IndexByte(segment, '/'); i >= 0 {
		segment, rest = segment[:i], segment[i:]
	}
	if names(segment, s.Locale) {
		return s.Locale, rest
	}
	for _, offered := range s.Locales.Offered {
		if names(segment, offered) {
			return offered, rest
		}
	}
	return "", path
}

// names says whether a path segment is a locale or its language.
func names(segment, locale string) bool {
	if len(segment) == 2 && len(locale) > 2 {
		locale = locale[:2]
	}
	return strings.EqualFold(segment, locale)
}

// Route is the path without the locale in front: what the origin is asked
// for, and so what rules about parts of the house are about.
func (s *Site) Route(path string) string {
	_, route := s.SplitLocale(path)
	return route
}
