package page

// ExchangeStart is where a buyer says which tickets they give, and for which performance.
type ExchangeStart struct {
	Frame
	OrderURL string
	Action   string
	Number   string
	Title    string
	Why      string // why nothing can be exchanged; "" when something can
	Problem  string
	Seats    []ExchangeSeat
	Fee      string // kept of each; "" when none is
	Nights   []ExchangeNight
}

// ExchangeSeat is a ticket that can be given.
type ExchangeSeat struct {
	ID, Text, Paid string
	Chosen         bool
	// Made says what Paid is made of: "Adult £50, code SPRING −£5".
	Made string
}

// ExchangeNight is a performance to exchange for.
type ExchangeNight struct {
	ID, Text, Access string
	Chosen           bool
}

// Exchanging is the note on pages where the new seats are chosen.
type Exchanging struct {
	Tickets, Number, StopURL, OrderURL string
}

// ExchangeDeal is where the new seats are priced and the exchange is agreed to.
type ExchangeDeal struct {
	Frame
	OrderURL  string
	Number    string
	Title     string
	When      string
	Problem   string
	Action    string
	MapURL    string
	Intention string
	Hidden    []Field // carried along when prices are worked out anew
	ExpiresIn int
	Gives     []ExchangeSeat
	Seats     []CheckoutSeat
	Made      []OrderLine // of the new seats, beside their prices
	Total     string
	Credit    string
	Fee       string // "" when none is kept
	Due       string // "" when nothing is to pay
	Back      string // "" when nothing goes back
	Why       string // why it can't be done
}

// Field is a value of a form.
type Field struct{ Name, Value string }

// Pay is where an order is paid that was not placed in this browser's checkout: a bill of the box office, or the rest of
// an exchange.
type Pay struct {
	Frame
	Number   string
	Title    string
	When     string
	Until    string
	OrderURL string
	Lines    []OrderLine
	Total    string
	Credit   string // paid before; "" when nothing was
	Due      string
	Exchange bool
	Data     PayData
}

// PayData is what the script of the page starts from.
type PayData struct {
	PaymentURL string `json:"payment_url"` // of the API
	PollURL    string `json:"poll_url"`
	OrderURL   string `json:"order_url"`
	Name       string `json:"name"`
	Email      string `json:"email"`
	Due        string `json:"due"`
	ExpiresIn  int    `json:"expires_in"` // seconds
}
