// Package consoletest is who may sign in to the console in tests of its pages: a colleague is known by what their cookie
// says, and nothing is kept but the message that the next page shows.
package consoletest

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// Brands are a group and two theatres of it in London.
func Brands(context.Context) ([]venue.Brand, error) {
	return []venue.Brand{
		{ID: "stagedoor", Name: "Stagedoor", TimeZone: "Europe/London", Group: true},
		{ID: "lyceum", Name: "Lyceum Theatre", TimeZone: "Europe/London"},
		{ID: "apollo", Name: "Apollo", TimeZone: "Europe/London"},
	}, nil
}

// Desk is a frame.Desk that knows people by their cookies. Whoever it knows has just shown that it is them.
type Desk struct {
	People map[string][]staff.Grant

	mu    sync.Mutex
	flash map[uuid.UUID][]byte
}

// Session is that of whoever has the cookie.
func (d *Desk) Session(_ context.Context, token string) (staff.Session, error) {
	grants, known := d.People[token]
	if !known {
		return staff.Session{}, staff.ErrNoSession
	}
	return staff.Session{
		ID: uuid.NewSHA1(uuid.Nil, []byte(token)), AuthenticatedAt: time.Now(),
		Person: staff.Person{ID: uuid.NewSHA1(uuid.NameSpaceDNS, []byte(token)), Email: token + "@example.com", Name: token, Grants: grants},
	}, nil
}

// NoteSite forgets it.
func (d *Desk) NoteSite(context.Context, uuid.UUID, string) error { return nil }

// SetFlash keeps a message for the next page.
func (d *Desk) SetFlash(_ context.Context, id uuid.UUID, message []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.flash == nil {
		d.flash = map[uuid.UUID][]byte{}
	}
	d.flash[id] = message
	return nil
}

// TakeFlash gives a message out, once.
func (d *Desk) TakeFlash(_ context.Context, id uuid.UUID) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	message := d.flash[id]
	delete(d.flash, id)
	if message == nil {
		return []byte("null"), nil
	}
	return message, nil
}
