package page

import (
	"github.com/stagedoor/stagedoor/origin/storefront/wording"
)

// Show is a production's own page.
type Show struct {
	Frame
	Bill        Bill
	Over        bool         // the run has ended
	Tables      []PriceTable // the usual first
	PriceNotes  []PriceNote  // who may have which price
	Months      []Link
	Month       string // the chosen one: "December 2026"
	Weekdays    []string
	Days        []Day
	Zone        string // "London time", said when it may matter
	AccessDates []AccessDates
	Event       any    // schema.org, written as JSON-LD
	About       string // sanitised HTML; "": Bill.Description is all there is
	Banners     []Banner
	Cast        []Credit
	Creative    []Credit
	Articles    []Teaser // about the production
}

// PriceTable is what seats cost at one kind of performance.
type PriceTable struct {
	Caption string
	Types   []string // names of the price types
	Rows    []PriceRow
}

// PriceNote says who may have a price.
type PriceNote struct{ Name, Note string }

// PriceRow is a band and its prices in words, "" where it is not sold.
type PriceRow struct {
	Band   string
	Prices []string
}

// Day is a date with its performances.
type Day struct {
	Weekday string // "Tue"
	Date    string // "1 Dec"
	Column  string // class that places it under its weekday
	Nights  []Night
}

// AccessDates is one kind of access and when it is offered.
type AccessDates struct {
	wording.Access
	Nights []Night
}
