// Package limit is how many seats one buyer may have of a performance and of a production: the rule alone. What a buyer
// has already is counted by whoever sells (package booking), in the transaction that sells.
//
// A buyer is known by three things: the browser they order in, their e-mail address and the card they pay with. Each
// by itself is easily changed; what they have under any of the first two is counted together, and what was paid with a
// card by itself.
package limit

import (
	"fmt"
	"strings"
)

// Limit is the most seats a buyer may have; 0: as many as they like.
type Limit struct {
	Performance int // of one performance
	Production  int // of all performances of a production together
}

// None reports whether there is no limit at all.
func (l Limit) None() bool { return l == Limit{} }

// Had is what a buyer has already, or is paying for.
type Had struct{ Performance, Production int }

// ReachedError says that an order would give a buyer more than there is for one.
type ReachedError struct {
	Most       int  // by the limit
	Had        int  // that count
	Wanted     int  // by the order
	Production bool // of all performances together; else of this one
}

func (e *ReachedError) Error() string {
	return fmt.Sprintf("limit: %d seats on top of %d, and %d are the most", e.Wanted, e.Had, e.Most)
}

// Left is how many more seats the buyer may have.
func (e *ReachedError) Left() int { return max(0, e.Most-e.Had) }

// Words say it to the buyer.
func (e *ReachedError) Words() string {
	of := "for this performance"
	if e.Production {
		of = "for all performances of this show together"
	}
	text := fmt.Sprintf("One person can have %s %s", seats(e.Most), of)
	switch {
	case e.Had == 0:
		return text + fmt.Sprintf(", and these are %d. Please choose fewer.", e.Wanted)
	case e.Left() == 0:
		return text + fmt.Sprintf(", and you have %s already.", number(e.Had))
	}
	return text + fmt.Sprintf(". You have %s already, so you can have %d more.", number(e.Had), e.Left())
}

func seats(n int) string {
	if n == 1 {
		return "one seat"
	}
	return fmt.Sprintf("at most %d seats", n)
}

func number(n int) string {
	if n == 1 {
		return "one"
	}
	return fmt.Sprint(n)
}

// Check returns a *ReachedError if a buyer who has had would have more than the limit with so many more seats.
func (l Limit) Check(wanted int, had Had) error {
	switch {
	case l.Performance > 0 && had.Performance+wanted > l.Performance:
		return &ReachedError{Most: l.Performance, Had: had.Performance, Wanted: wanted}
	case l.Production > 0 && had.Production+wanted > l.Production:
		return &ReachedError{Most: l.Production, Had: had.Production, Wanted: wanted, Production: true}
	}
	return nil
}

// Address is an e-mail address as limits know it, in lower case and without a "+tag", by which one mailbox has any number
// of addresses.
func Address(email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return email
	}
	if plus := strings.IndexByte(email[:at], '+'); plus > 0 {
		return email[:plus] + email[at:]
	}
	return email
}

// Tagged is the pattern of SQL's like for the addresses with a tag that Address makes into this one.
func Tagged(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	plain := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)
	return plain.Replace(address[:at]) + "+%" + plain.Replace(address[at:])
}

// TagRange is where those addresses lie when they are compared by byte: from the first, and before the second.
func TagRange(address string) (from, to string) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "", ""
	}
	return address[:at] + "+", address[:at] + string(rune('+'+1))
}
