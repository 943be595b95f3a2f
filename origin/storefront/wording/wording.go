// Package wording puts money, dates and durations into the words of a brand's locale.
//
// Two locales are sold in, en-GB and en-US; anything else reads as en-GB. Dates and times are written in the zone of
// the time.Time they are given: callers convert to the venue's zone first.
package wording

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Locale writes in one brand's words.
type Locale struct {
	tag string
	us  bool
}

// For returns the Locale of a BCP 47 tag.
func For(tag string) Locale {
	if tag == "en-US" {
		return Locale{tag: tag, us: true}
	}
	return Locale{tag: "en-GB"}
}

// Tag is the BCP 47 tag, for lang attributes and for Intl in the browser.
func (l Locale) Tag() string { return l.tag }

// US reports whether words are American: "theater", "zip code".
func (l Locale) US() bool { return l.us }

// Theatre is the trade's word for the building, as this locale spells it.
func (l Locale) Theatre() string { return l.pick("theatre", "theater") }

// Theatres is the plural of Theatre.
func (l Locale) Theatres() string { return l.Theatre() + "s" }

func (l Locale) pick(gb, us string) string {
	if l.us {
		return us
	}
	return gb
}

// Money writes minor units of an ISO 4217 currency; whole pounds and dollars go without pence and cents. Currencies
// that no brand sells in are written with their code.
func Money(amount int64, currency string) string {
	sign := ""
	if amount < 0 {
		sign, amount = "−", -amount
	}
	symbol, known := map[string]string{"GBP": "£", "USD": "$", "EUR": "€"}[currency]
	if !known {
		symbol = currency + " "
	}
	whole := thousands(amount / 100)
	if amount%100 == 0 {
		return sign + symbol + whole
	}
	return fmt.Sprintf("%s%s%s.%02d", sign, symbol, whole, amount%100)
}

// Decimal writes minor units as machines read them: "25.00".
func Decimal(amount int64) string {
	return fmt.Sprintf("%d.%02d", amount/100, amount%100)
}

// Count writes a number with thousands separated: "2,286".
func Count(n int) string { return thousands(int64(n)) }

func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var out strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return out.String()
}

// Plural is "1 seat" or "3 seats".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Date is "Saturday 12 December 2026" or "Saturday, December 12, 2026".
func (l Locale) Date(t time.Time) string {
	return t.Format(l.pick("Monday 2 January 2006", "Monday, January 2, 2006"))
}

// ShortDate is "Sat 12 Dec" or "Sat, Dec 12".
func (l Locale) ShortDate(t time.Time) string { return t.Format(l.pick("Mon 2 Jan", "Mon, Jan 2")) }

// Month is "December 2026".
func (l Locale) Month(t time.Time) string { return t.Format("January 2006") }

// Clock is "7.30pm", "7pm" or "7:30 PM".
func (l Locale) Clock(t time.Time) string {
	if l.us {
		return t.Format("3:04 PM")
	}
	if t.Minute() == 0 {
		return t.Format("3pm")
	}
	return t.Format("3.04pm")
}

// When is the date and the time together.
func (l Locale) When(t time.Time) string {
	return l.Date(t) + l.pick(", ", " at ") + l.Clock(t)
}

// Run is the span of a production: "12 December 2026 – 4 April 2027". The year is said once when it is the same.
func (l Locale) Run(from, to time.Time) string {
	last := to.Format(l.pick("2 January 2006", "January 2, 2006"))
	if from.Year() == to.Year() && from.YearDay() == to.YearDay() {
		return last
	}
	first := l.pick("2 January 2006", "January 2, 2006")
	if from.Year() == to.Year() {
		first = l.pick("2 January", "January 2")
	}
	return from.Format(first) + " – " + last
}

// Minutes is a duration as people say it: "2 hours 30 minutes".
func Minutes(total int) string {
	hours, minutes := total/60, total%60
	switch {
	case hours == 0:
		return Plural(minutes, "minute", "minutes")
	case minutes == 0:
		return Plural(hours, "hour", "hours")
	}
	return Plural(hours, "hour", "hours") + " " + Plural(minutes, "minute", "minutes")
}

// Intervals says how many breaks there are.
func (l Locale) Intervals(n int) string {
	one, many := l.pick("interval", "intermission"), l.pick("intervals", "intermissions")
	if n == 0 {
		return "no " + one
	}
	return Plural(n, one, many)
}

// List joins words as a sentence does: "a, b and c".
func List(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// Miles says how far a place is, given in metres: both countries count in miles.
func Miles(metres int) string {
	switch miles := float64(metres) / 1609.344; {
	case miles < 0.95:
		return strconv.FormatFloat(max(miles, 0.1), 'f', 1, 64) + " miles away"
	case miles < 9.95:
		return strings.TrimSuffix(strconv.FormatFloat(miles, 'f', 1, 64), ".0") + pluralMile(miles)
	default:
		return Count(int(miles+0.5)) + " miles away"
	}
}

func pluralMile(miles float64) string {
	if miles < 1.05 {
		return " mile away"
	}
	return " miles away"
}
