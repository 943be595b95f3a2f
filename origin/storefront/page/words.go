package page

import (
	"net/url"

	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

// languages a production may be spoken or sung in, as people name them.
var languages = map[string]string{
	"en": "English", "de": "German", "fr": "French", "it": "Italian", "es": "Spanish", "ru": "Russian",
	"no": "Norwegian", "sv": "Swedish", "cs": "Czech", "cy": "Welsh", "la": "Latin", "el": "Greek",
}

// language names a BCP 47 tag, or is empty when it is not worth saying: most shows are in English.
func language(tag string) string {
	if tag == "en" || len(tag) < 2 {
		return ""
	}
	return languages[tag[:2]]
}

// urlQuery escapes a word for a query string.
func urlQuery(word string) string { return url.QueryEscape(word) }

// searchStatus is what a screen reader is told when the results change.
func searchStatus(s Search) string {
	switch {
	case s.Down:
		return "Search is not available just now."
	case s.Total == 0 && s.Query != "":
		return "Nothing found for " + s.Query + "."
	case s.Total == 0:
		return "Nothing found."
	}
	return wording.Plural(s.Total, "show", "shows") + " found."
}

func seatCount(n int) string { return wording.Plural(n, "seat", "seats") }

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
