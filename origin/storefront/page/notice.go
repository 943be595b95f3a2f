package page

import "github.com/stagedoor/stagedoor/origin/venue"

// Notice is a page that says one thing: not found, over, out of order.
type Notice struct {
	Frame
	Heading string
	Text    string
	Actions []Link // the first is the likely one
	TestID  string
}

// Venue is how to get there and what to expect.
type Venue struct {
	Frame
	Venue  venue.Venue
	Places Places
}

// Places counts what the seating plan has for visitors with particular needs.
type Places struct {
	Wheelchair int
	Sections   []string // where the wheelchair spaces are
}
