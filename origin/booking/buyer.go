package booking

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on what a buyer may enter.
const (
	maximumName  = 100 // characters
	maximumEmail = 254 // bytes, RFC 5321
)

// checkBuyer tidies the name and the e-mail address and reports what is wrong with them.
func checkBuyer(wrong *faults, name, email string) (string, string) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		wrong.add("name", "must not be empty")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		wrong.add("name", "must not contain control characters")
	case utf8.RuneCountInString(name) > maximumName:
		wrong.add("name", "must not be longer than %d characters", maximumName)
	}
	email = strings.TrimSpace(email)
	switch {
	case email == "":
		wrong.add("email", "must not be empty")
	case len(email) > maximumEmail:
		wrong.add("email", "must not be longer than %d characters", maximumEmail)
	case !addressable(email):
		wrong.add("email", "must be an e-mail address such as name@example.org")
	}
	return name, email
}

// addressable reports whether tickets can be sent to an address: one plain mailbox, no display name, no comment,
// and a domain with a dot in it.
func addressable(email string) bool {
	if strings.ContainsFunc(email, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return false
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || parsed.Name != "" {
		return false
	}
	_, domain, _ := strings.Cut(email, "@")
	return strings.Contains(strings.Trim(domain, "."), ".") && !strings.HasPrefix(domain, "[")
}
