package scan

// Words are how a reason is said to colleagues: what to tell the visitor, in a few words, and what to do.
type Words struct{ Short, Do string }

// About gives the words for a reason.
func About(r Reason) Words {
	if w, ok := words[r]; ok {
		return w
	}
	return Words{Short: "Refused", Do: "Ask the box office."}
}

// Reasons lists every reason, in the order in which dashboards show them.
func Reasons() []Reason {
	return []Reason{AlreadyIn, WrongShow, Cancelled, Reissued, Unknown, Forged, TooEarly, ScreenOnly, StaleScreen, NotIn, NoReturn, CalledOff, NewerList}
}

var words = map[Reason]Words{
	Unknown:     {"Not a ticket of ours", "Ask for the ticket from the confirmation e-mail, or look the order up at the box office."},
	Forged:      {"Not genuine", "The code was changed or made up. Send them to the box office."},
	WrongShow:   {"For another performance", "Genuine, but not for this one. Look at the date and the title on it."},
	Cancelled:   {"No longer valid", "It was refunded, given back or exchanged. Ask for the newer ticket."},
	Reissued:    {"Replaced by a newer ticket", "It was issued anew, which ended this one. Ask for the newest e-mail."},
	CalledOff:   {"Performance cancelled", "Nobody is let in. The box office has the details."},
	TooEarly:    {"Doors are not open yet", "Ask them to wait, or open the doors on the door page."},
	ScreenOnly:  {"Show it live on the phone", "This performance wants the ticket page itself, not paper or a picture."},
	StaleScreen: {"An old picture", "The digits are not of this moment. Ask them to open the ticket page itself."},
	AlreadyIn:   {"Already in", "Somebody came in with it before. Look at when and where."},
	NotIn:       {"Was not in", "It can't leave: nobody came in with it."},
	NoReturn:    {"No return", "They left, and this performance lets nobody in twice."},
	NewerList:   {"Not on this device’s list", "Genuine, but missing from the list. Go online for a moment, or ask the box office."},
}
