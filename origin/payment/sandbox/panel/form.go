package panel

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// form reads what was sent and keeps the first fault it meets.
type form struct {
	r   *http.Request
	err error
}

func (f *form) fail(why string) {
	if f.err == nil {
		f.err = &refusal{why}
	}
}

func (f *form) id() string { return f.r.PathValue("id") }

func (f *form) text(name string) string { return strings.TrimSpace(f.r.PostFormValue(name)) }

// ticked reads a checkbox, or true.
func (f *form) ticked(name string) bool {
	switch f.text(name) {
	case "on", "true", "1":
		return true
	}
	return false
}

// choice reads one of some words; the first is meant where none is given.
func (f *form) choice(name string, allowed ...string) string {
	value := f.text(name)
	if value == "" {
		return allowed[0]
	}
	if !slices.Contains(allowed, value) {
		f.fail(name + " must be one of: " + strings.Join(allowed, ", ") + ".")
		return allowed[0]
	}
	return value
}

// amount reads minor units from "amount", or pounds and pence from "money". Nothing is 0.
func (f *form) amount() int64 {
	if text := f.text("amount"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			f.fail("amount must be a number of pence or cents, such as 1250.")
		}
		return n
	}
	text := f.text("money")
	if text == "" {
		return 0
	}
	whole, part, _ := strings.Cut(strings.Map(func(r rune) rune {
		if strings.ContainsRune("£$€, ", r) {
			return -1
		}
		return r
	}, text), ".")
	part = (part + "00")[:max(2, len(part))]
	n, err := strconv.ParseUint(whole+part, 10, 40)
	if err != nil || len(part) != 2 || whole == "" || n == 0 {
		f.fail("The amount must be written like 12.50.")
		return 0
	}
	return int64(n)
}

// number reads a number between two others; the first where none is given.
func (f *form) number(name string, least, most int) int {
	text := f.text(name)
	if text == "" {
		return least
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		f.fail(name + " must be a number from " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + ".")
		return least
	}
	return n
}

// seconds reads a number of seconds up to a day.
func (f *form) seconds(name string) time.Duration {
	return time.Duration(f.number(name, 0, 24*60*60)) * time.Second
}
