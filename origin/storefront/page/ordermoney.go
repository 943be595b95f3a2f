package page

// OrderMoney is what the page of an order says about its money, and what its buyer may do.
type OrderMoney struct {
	Base      string // the order's own address, without the key
	WithKey   string // "?key=…"
	Said      string // what a form led to
	Problem   string
	Offer     []string // seats kept for a buyer who paid too late
	OfferEnds string
	MadeOf    []OrderLine // codes, fees and tax, where there are any
	Refunds   []string    // each in a sentence
	Became    []Link      // the orders that its seats were exchanged for
	Exchange  string      // where tickets are exchanged; "" when they can't be
	Back      *GiveBack   // nil when there is nothing to give back
}

// GiveBack is the choice of tickets to give back, or why there is none.
type GiveBack struct {
	Why   string
	Terms string
	Key   string // names the intention
	Seats []GiveBackSeat
}

// GiveBackSeat is one ticket and what it brings.
type GiveBackSeat struct{ ID, Text, Price string }

// Act is the address of one of the order's forms.
func (o OrderMoney) Act(what string) string { return o.Base + "/" + what + o.WithKey }
