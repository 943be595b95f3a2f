package page

// SignIn asks for the address that a link is sent to.
type SignIn struct {
	Frame
	Problem string
	Email   string
}

// OpenLink is what a link that was mailed opens first: mail programs look at links before people do, and must not use
// them up.
type OpenLink struct {
	Frame
	Action string
}

// MyOrders are all orders of an address.
type MyOrders struct {
	Frame
	Email   string
	Coming  []MyOrder
	Past    []MyOrder
	Cut     bool // there are more
	Group   bool // of all theatres
	Kept    []OrderLine
	Problem string
}

// MyOrder is one of them.
type MyOrder struct{ URL, Number, Title, When, Where, State, Total string }

// Forget asks whether a buyer is to be forgotten.
type Forget struct {
	Frame
	Email      string
	Orders     int
	Unfinished []string
	Coming     []string
	Problem    string
}

// MyCopy is a buyer's copy of what is kept of them, to read.
type MyCopy struct {
	Frame
	Email    string
	MadeAt   string
	Partial  bool
	Sections []CopySection
}

// CopySection is a part of it.
type CopySection struct {
	Title string
	Facts []OrderLine // text and, in Price, what it is
	Lists []CopyList
}

// CopyList is a list in such a part.
type CopyList struct {
	Title string
	Lines []string
}
