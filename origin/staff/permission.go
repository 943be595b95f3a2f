package staff

import "slices"

// Role is a kind of work. A person has roles by grants, each on one brand or on the whole group.
type Role string

// The roles.
const (
	VenueStaff Role = "venue-staff" // runs a theatre: closes and opens its site
	Marketer   Role = "marketer"    // leads people to shows: redirects
	Ops        Role = "ops"         // keeps it running: settings, publishing, explaining
	BoxOffice  Role = "box-office"  // sells and looks after buyers
	Admin      Role = "admin"       // says who may do what
)

// Roles lists the roles with what they are for, as people read it.
func Roles() []RoleInfo {
	return []RoleInfo{
		{VenueStaff, "Venue staff", "Scan tickets at the door, close and open a theatre’s site, plan maintenance, see what visitors see."},
		{Marketer, "Marketer", "Content: write and publish. Redirects: write, import, test, publish and roll back. The terms of sale."},
		{Ops, "Ops", "Waiting rooms, site settings, publishing, explaining decisions, dead letters, maintenance, and the terms of sale."},
		{BoxOffice, "Box office", "Sell, reserve, exchange and refund, look orders up, scan tickets, see what is closed."},
		{Admin, "Admin", "Everything, and who may do what."},
	}
}

// RoleInfo is a role as people read it.
type RoleInfo struct {
	Role        Role
	Name, About string
}

// Known reports whether r is one of Roles.
func (r Role) Known() bool {
	return slices.ContainsFunc(Roles(), func(i RoleInfo) bool { return i.Role == r })
}

// Action is something that can be allowed.
type Action string

// The actions. Each must be in permissions, below.
const (
	SeeHome           Action = "home.see"
	SeeMaintenance    Action = "maintenance.see"
	ChangeMaintenance Action = "maintenance.change"
	SeeRooms          Action = "rooms.see"
	ChangeRooms       Action = "rooms.change"
	SeeRedirects      Action = "redirects.see"
	ChangeRedirects   Action = "redirects.change"
	SeeSettings       Action = "settings.see"
	ChangeSettings    Action = "settings.change"
	SeePublishing     Action = "publishing.see"
	Publish           Action = "publishing.change"
	Explain           Action = "explain.see"
	SeeAudit          Action = "audit.see"
	SeeSearch         Action = "search.see"
	ChangeSearch      Action = "search.change" // replace the search index, which is every site's
	SeePeople         Action = "people.see"
	ChangePeople      Action = "people.change"
	ScanTickets       Action = "door.scan"      // and see who is in
	ChangeDoor        Action = "door.change"    // when the doors open, and what is asked for
	SellTickets       Action = "boxoffice.sell" // and look orders up, refund, exchange, print
	SeeContent        Action = "content.see"
	ChangeContent     Action = "content.change"     // write, publish, take back
	SeeDeadLetters    Action = "deadletters.see"    // what could not be worked on, and what it holds
	ChangeDeadLetters Action = "deadletters.change" // correct, replay and drop it
	SeeTerms          Action = "terms.see"
	ChangeTerms       Action = "terms.change" // of sale: fees, money back, how many seats a buyer may have
	SeePromos         Action = "promos.see"
	ChangePromos      Action = "promos.change"
	EnterAsStaff      Action = "site.enter" // look at a brand's site as staff, through closed doors and past queues
)

// permissions says which roles may do what. What is not here nobody may do.
var permissions = map[Action][]Role{
	SeeHome:           {VenueStaff, Marketer, Ops, BoxOffice, Admin},
	SeeMaintenance:    {VenueStaff, Marketer, Ops, BoxOffice, Admin},
	ChangeMaintenance: {VenueStaff, Ops, Admin},
	SeeRooms:          {VenueStaff, Marketer, Ops, BoxOffice, Admin},
	ChangeRooms:       {Ops, Admin},
	SeeRedirects:      {VenueStaff, Marketer, Ops, Admin},
	ChangeRedirects:   {Marketer, Admin},
	SeeSettings:       {Ops, Admin},
	ChangeSettings:    {Ops, Admin},
	SeePublishing:     {Marketer, Ops, Admin},
	Publish:           {Ops, Admin},
	Explain:           {Marketer, Ops, Admin},
	SeeSearch:         {Marketer, Ops, Admin},
	ChangeSearch:      {Ops, Admin},
	SeeAudit:          {VenueStaff, Marketer, Ops, Admin},
	SeePeople:         {Admin},
	ChangePeople:      {Admin},
	ScanTickets:       {VenueStaff, BoxOffice, Admin},
	ChangeDoor:        {VenueStaff, BoxOffice, Admin},
	SellTickets:       {BoxOffice, Admin},
	SeeContent:        {VenueStaff, Marketer, Ops, Admin},
	ChangeContent:     {Marketer, Admin},
	SeeDeadLetters:    {Ops, Admin},
	ChangeDeadLetters: {Ops, Admin},
	SeeTerms:          {Marketer, Ops, BoxOffice, Admin},
	ChangeTerms:       {Marketer, Ops, Admin},
	SeePromos:         {Marketer, Ops, BoxOffice, Admin},
	ChangePromos:      {Marketer, Admin},
	EnterAsStaff:      {VenueStaff, Marketer, Ops, BoxOffice, Admin},
}

func (r Role) may(a Action) bool { return slices.Contains(permissions[a], r) }

// Known reports whether a is in the table.
func (a Action) Known() bool { _, ok := permissions[a]; return ok }
