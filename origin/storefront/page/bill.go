package page

import (
	"time"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

// Bill is a production as it is announced: on a card, in the hero, at the top of its own page.
type Bill struct {
	show.Listing
	Words     wording.Locale
	URL       string  // of its page, absolute when that is on another site
	Poster    string  // address of the poster
	Elsewhere bool    // on another brand's site
	Nights    []Night // the next ones
}

// Dates is the run in words.
func (b Bill) Dates() string { return b.Words.Run(b.OpensOn, b.ClosesOn) }

// From is "From £25", or "" when nothing is for sale.
func (b Bill) From() string {
	if b.PriceFrom <= 0 {
		return ""
	}
	return "From " + wording.Money(b.PriceFrom, b.Brand.Currency)
}

// AccessWords explains how its coming performances are made accessible.
func (b Bill) AccessWords() []wording.Access { return b.Words.AccessOf(b.Access) }

// Facts is the one line of facts under the title.
func (b Bill) Facts() []string {
	facts := []string{b.Dates()}
	if from := b.From(); from != "" {
		facts = append(facts, from)
	}
	if b.RunningMinutes > 0 {
		facts = append(facts, wording.Minutes(b.RunningMinutes))
	}
	return facts
}

// Night is one performance as something to choose.
type Night struct {
	ID     string
	URL    string    // of its seat map; "" when it can't be booked
	At     time.Time // in the venue's zone
	Words  wording.Locale
	Access []wording.Access
	From   string // "£25"
	Why    string // why it can't be booked: "Cancelled"
}

// Short is "Sat 12 Dec, 7.30pm".
func (n Night) Short() string { return n.Words.ShortDate(n.At) + ", " + n.Words.Clock(n.At) }

// Machine is the instant for a time element.
func (n Night) Machine() string { return n.At.Format(time.RFC3339) }
