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

// joiners are invisible and still letters of a name, as Persian and Hindi write it: zero width non-joiner and joiner.
const joiners = "\u200c\u200d"

// unprintable reports whether a character has no place in a name: control characters, and those that are invisible or
// turn the direction of writing, by which one name can be made to look like another on a list.
func unprintable(r rune) bool { return !unicode.IsPrint(r) && !strings.ContainsRune(joiners, r) }

// checkBuyer tidies the name and the e-mail address and reports what is wrong with them.
func checkBuyer(wrong *faults, name, email string) (string, string) {
	name = strings.Trim(strings.Join(strings.Fields(name), " "), joiners+" ")
	switch {
	case name == "":
		wrong.add("name", "must not be empty")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable):
		wrong.add("name", "must not contain control characters, nor invisible ones that turn the direction of writing")
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
