// Package staff knows who works here: it signs people in through OpenID Connect, keeps their sessions in Postgres, and
// says what each may do on which site. Nothing is allowed unless permission.go says so and a grant says where.
//
// The sign-in is the Authorization Code flow with PKCE, state and nonce. A person is who the provider says (issuer and
// subject), not who their e-mail address says; an invitation by address is taken up once, by a verified one. For
// anything that concerns the whole group the person must have shown within StepUpLife that it is still them.
//
// Sessions are random cookies of which the database keeps a hash. They end when idle, at a fixed time, by signing out,
// here or everywhere, and with the person's right to sign in. What somebody may do is read with every request, so a
// grant that is taken away is gone at once.
package staff

import (
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Group stands for every brand at once, now and in the future.
const Group = "all"

// How long things last.
const (
	SessionLife = 12 * time.Hour   // whatever happens
	SessionIdle = time.Hour        // without a request
	StepUpLife  = 5 * time.Minute  // how long "it is still me" is believed
	signInLife  = 10 * time.Minute // from leaving for the provider to coming back
	entryLife   = time.Minute      // of a one-time link to a brand's site
)

// Person is somebody who may sign in.
type Person struct {
	ID         uuid.UUID
	Email      string
	Name       string
	Invited    bool // has not signed in yet
	Disabled   bool // may not sign in
	SignedInAt time.Time
	Grants     []Grant
}

// Grant is a role on one brand, or on the whole Group.
type Grant struct {
	ID        uuid.UUID
	Role      Role
	Brand     string // a brand's ID, or Group
	GrantedBy string
	GrantedAt time.Time
}

// May reports whether the person may do something on a brand; with Group, on all of them at once.
func (p Person) May(a Action, brand string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool {
		return (g.Brand == Group || g.Brand == brand && brand != "") && g.Role.may(a)
	})
}

// MayAnywhere reports whether there is a brand on which the person may do something.
func (p Person) MayAnywhere(a Action) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role.may(a) })
}

// Where lists those of the brands on which the person may do something, in the order given.
func (p Person) Where(a Action, brands []string) []string {
	var list []string
	for _, b := range brands {
		if p.May(a, b) {
			list = append(list, b)
		}
	}
	return list
}

// Session is a browser in which a person is signed in.
type Session struct {
	ID              uuid.UUID
	Person          Person
	StartedAt       time.Time
	SeenAt          time.Time // within a minute
	ExpiresAt       time.Time
	AuthenticatedAt time.Time // when the provider last saw the person themselves
	IP, Agent       string
	Site            string // looked at last, "" at first
}

// Fresh reports whether the person has shown lately enough that it is still them.
func (s Session) Fresh(now time.Time) bool {
	return now.Sub(s.AuthenticatedAt) < StepUpLife
}

// Errors a caller branches on. Refused is for the others.
var (
	// ErrNoSession: nobody is signed in, or not any more.
	ErrNoSession = errors.New("staff: not signed in")
	// ErrTooMany: this client has begun to sign in too often.
	ErrTooMany = errors.New("staff: too many sign-ins")
	// ErrNoProvider: no OpenID provider is configured, or it does not answer.
	ErrNoProvider = errors.New("staff: the sign-in service cannot be reached")
	// ErrNotFound: there is no such person or grant.
	ErrNotFound = errors.New("staff: not found")
)

// Refused says in a sentence fit to show why something was not done. Nothing was changed.
type Refused struct{ Reason string }

func (r Refused) Error() string { return r.Reason }
