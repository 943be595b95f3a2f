package wording

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Language names a language by its BCP 47 tag: "French" for "fr". What is no tag is said as it is.
func Language(tag string) string {
	parsed, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if name := display.English.Languages().Name(parsed); name != "" {
		return name
	}
	return tag
}
