package content

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
)

// controlID is the ID of a field's control on the page.
func controlID(f content.Field, locale string) string { return "f-" + f.Name + "-" + locale }

// faultLocale is where on the page a fault stands.
func faultLocale(view entryView, f content.Fault) string {
	if f.Locale != "" && slices.Contains(local.Locales(view.Entry.Source), f.Locale) {
		return f.Locale
	}
	return local.Locales(view.Entry.Source)[0]
}

// described ties a control to its hint and its faults.
func described(id string, faults []string) templ.Attributes {
	by := []string{id + "-hint"}
	for i := range faults {
		by = append(by, id+"-fault"+strconv.Itoa(i))
	}
	out := templ.Attributes{"aria-describedby": strings.Join(by, " ")}
	if len(faults) > 0 {
		out["aria-invalid"] = "true"
	}
	return out
}

var day = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// attributes are what kind of input a field has. A value that a browser's own control would hide is shown as text.
func attributes(f content.Field, value string) templ.Attributes {
	out := templ.Attributes{"type": "text", "autocomplete": "off"}
	switch f.Form {
	case content.Date:
		if value == "" || day.MatchString(value) {
			out["type"] = "date"
		}
	case content.Instant:
		if value == "" || len(value) == len(clockForm) && value[10] == 'T' {
			out["type"] = "datetime-local"
		}
	case content.Integer:
		out["inputmode"] = "numeric"
	case content.Number, content.Money:
		out["inputmode"] = "decimal"
	case content.Slug:
		out["autocapitalize"], out["spellcheck"] = "none", "false"
	}
	return out
}

// hint is what helps to fill a field in.
func hint(view entryView, f content.Field) string {
	parts := []string{}
	if f.Help != "" {
		parts = append(parts, f.Help)
	}
	switch f.Form {
	case content.RichText:
		parts = append(parts, "An empty line begins a paragraph; ## heading, - list, **bold**, *italic*, [words](https://address).")
	case content.Instant:
		parts = append(parts, "Time in "+strings.ReplaceAll(view.Place.String(), "_", " ")+".")
	case content.Tags:
		if len(f.Choices) == 0 {
			parts = append(parts, "Commas between.")
		}
	case content.Money:
		parts = append(parts, "As in 95.00.")
	}
	if f.Sample != "" && f.Form != content.Choice && f.Form != content.Boolean && f.Form != content.Location && f.Form != content.Money {
		parts = append(parts, "For example: "+f.Sample)
	}
	return strings.Join(parts, " ")
}

// localeLabel labels a field's control in one language.
func localeLabel(_ content.Field, locale string, i int) string {
	if i == 0 {
		return localeName(locale)
	}
	return localeName(locale) + ", if it differs"
}

// options are a field's choices, and its value although it is none of them.
func options(f content.Field, now string) []string {
	if now == "" || slices.Contains(f.Choices, now) {
		return f.Choices
	}
	return append(slices.Clone(f.Choices), now)
}

func rows(f content.Field) string {
	if f.Form == content.LongText {
		return "4"
	}
	return "8"
}

func spelled(f content.Field) string {
	if f.Form == content.JSON {
		return "false"
	}
	return "true"
}

// spokenLocales are the locales in which a field says something.
func spokenLocales(view entryView, f content.Field) []string {
	return slices.DeleteFunc(local.Locales(view.Entry.Source), func(l string) bool { return len(view.Entry.Fields[f.Name][l]) == 0 })
}

// stepWord says a step's state for those who do not see its colour.
func stepWord(state string) string {
	switch state {
	case "done":
		return ": done"
	case "going":
		return ": under way"
	case "failed":
		return ": failed"
	}
	return ": not yet"
}
