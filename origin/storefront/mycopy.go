package storefront

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/customer"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

// copyFile is a buyer's copy as a file for programs.
func (s *Store) copyFile(v *visit, email string) error {
	made, err := s.Customers.CopyOf(v.ctx, email)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Disposition", `attachment; filename="my-orders.json"`)
	return v.file("application/json; charset=utf-8", "private, no-store", body)
}

// copyPage is the same, to read.
func (s *Store) copyPage(v *visit, email string) error {
	made, err := s.Customers.CopyOf(v.ctx, email)
	if err != nil {
		return err
	}
	at := func(t time.Time) string { return v.words.When(t.In(v.brand.Location())) }
	p := page.MyCopy{Frame: v.myFrame("Your copy"), Email: email, MadeAt: at(made.MadeAt), Partial: made.Partial}
	for _, o := range made.Orders {
		p.Sections = append(p.Sections, copySection(o, at))
	}
	if len(made.Seats) > 0 {
		p.Sections = append(p.Sections, copyReservations(made.Seats, at))
	}
	rest := page.CopySection{Title: "E-mails and links"}
	var mails, visits page.CopyList
	for _, m := range made.Mails {
		mails.Lines = append(mails.Lines, at(m.At)+": "+m.Subject)
	}
	for _, l := range made.Visits {
		visits.Lines = append(visits.Lines, at(l.At)+": a "+l.Kind+" on "+l.Site)
	}
	if mails.Title = "E-mails written to you"; len(mails.Lines) > 0 {
		rest.Lists = append(rest.Lists, mails)
	}
	if visits.Title = "Links and visits of the last hours"; len(visits.Lines) > 0 {
		rest.Lists = append(rest.Lists, visits)
	}
	kept := page.CopySection{Title: "Why we keep it"}
	for _, k := range made.Kept {
		kept.Facts = append(kept.Facts, page.OrderLine{Text: k.What, Price: k.Why})
	}
	p.Sections = append(p.Sections, rest, kept)
	return v.show(http.StatusOK, page.MyCopyPage(p))
}

func copyReservations(all []customer.CopySeats, at func(time.Time) string) page.CopySection {
	section := page.CopySection{Title: "Seats reserved at a box office"}
	for _, r := range all {
		section.Facts = append(section.Facts, page.OrderLine{
			Text: r.Show + ", " + r.Theatre + ", " + at(r.Performance), Price: strings.Join(r.Seats, ", ") + " for " + r.Name + " (" + r.Contact + "), until " + at(r.Until),
		})
	}
	return section
}

func copySection(o customer.CopyOrder, at func(time.Time) string) page.CopySection {
	money := func(amount int64) string { return wording.Money(amount, o.Currency) }
	section := page.CopySection{Title: "Order " + o.Number, Facts: []page.OrderLine{
		{Text: "Show", Price: o.Show + ", " + o.Theatre + ", " + at(o.Performance)},
		{Text: "Name", Price: o.Name}, {Text: "E-mail", Price: o.Email}, {Text: "Placed", Price: at(o.PlacedAt)},
		{Text: "Total", Price: money(o.Total) + ", " + strings.ReplaceAll(o.State, "_", " ")},
	}}
	if len(o.PromoCodes) > 0 {
		section.Facts = append(section.Facts, page.OrderLine{Text: "Promo codes", Price: strings.Join(o.PromoCodes, ", ")})
	}
	for _, card := range o.Cards {
		section.Facts = append(section.Facts, page.OrderLine{Text: "Card", Price: capital(card.Brand) + " ending in " + card.Last4})
	}
	seats, history := page.CopyList{Title: "Seats"}, page.CopyList{Title: "What happened"}
	for _, s := range o.Seats {
		line := s.Seat + ": " + s.Price + ", " + money(s.Amount)
		if s.GivenUp != "" {
			line += ", " + s.GivenUp
		}
		seats.Lines = append(seats.Lines, line)
	}
	type line struct {
		at   time.Time
		text string
	}
	var lines []line
	for _, h := range o.History {
		why := h.Why
		if h.Who == "you" {
			why = inYourWords.Replace(why)
		}
		lines = append(lines, line{h.At, why + " (by " + h.Who + ")"})
	}
	for _, r := range o.Refunds {
		lines = append(lines, line{r.At, money(r.Amount) + " to go back: " + refundWord(r)})
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	for _, l := range lines {
		history.Lines = append(history.Lines, at(l.at)+": "+l.text)
	}
	section.Lists = []page.CopyList{seats, history}
	return section
}

// inYourWords tells buyers what they did: the history speaks of them to staff.
var inYourWords = strings.NewReplacer("they hold", "you held", "the buyer", "you")

// refundWord is how a refund stands.
func refundWord(r customer.CopyRefund) string {
	if r.Kind == "dispute" {
		return "your bank gave it to you"
	}
	switch r.State {
	case "due":
		return "about to be sent"
	case "sent":
		return "sent, and on its way"
	case "succeeded":
		return "sent back"
	case "failed":
		return "your bank returned it to us"
	case "by_hand":
		return "given to you by other means than your card"
	}
	return r.State
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
