package scan

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/staff/record"
	"github.com/stagedoor/stagedoor/origin/ticket"
)

// Scan is one code before one device.
type Scan struct {
	ID          uuid.UUID // made by the device; repeating a scan with it gets the same answer
	Performance uuid.UUID
	Code        string // as read, or a short code as typed, with the digits of the moment behind it or not
	Direction   Result // In or Out
	Device      string
	DeviceName  string
	Door        string
	Person      string
	At          time.Time // on the device, set right by the house's clock
	// Overrule is a refusal that the colleague saw and let them in or out in spite of; "": none. It is audited.
	Overrule Reason
}

// Answer is what the device shows.
type Answer struct {
	Verdict
	Ticket Listed // zero: none that we know
	Twice  []Fact // entries with this ticket by different scans, when there are more than one
	// Other names the performance that a genuine ticket is for, when it is another one.
	Other string
}

// Admit decides about a scan and writes down what came of it. Of any number of scans of one ticket at once, one is let in.
func (d *Desk) Admit(ctx context.Context, s Scan) (Answer, error) {
	if err := s.check(); err != nil {
		return Answer{}, err
	}
	detail, err := d.Performance(ctx, s.Performance)
	if err != nil {
		return Answer{}, err
	}
	read, readErr := d.read(ctx, s.Performance, s.Code)
	if readErr != nil && !errors.Is(readErr, ticket.ErrMalformed) && !errors.Is(readErr, ticket.ErrUnknownKey) && !errors.Is(readErr, ticket.ErrForged) {
		return Answer{}, readErr
	}
	var answer Answer
	err = pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		answer, err = d.decide(ctx, dbsqlc.New(tx), s, detail, read, readErr)
		return err
	})
	if err != nil {
		return Answer{}, fmt.Errorf("scan: admit: %w", err)
	}
	if answer.Reason == WrongShow {
		if other, err := d.Shows.Performance(ctx, read.PerformanceID); err == nil {
			answer.Other = other.Production.Title + ", " + other.StartsAt.In(other.Venue.Location()).Format("Mon 2 Jan, 15:04") + ", " + other.Venue.Name
		}
	}
	return answer, nil
}

// decide is the transaction of Admit: the ticket's row is locked, so that scans of it come one after the other.
func (d *Desk) decide(ctx context.Context, q *dbsqlc.Queries, s Scan, detail show.Detail, read ticket.Presented, readErr error) (Answer, error) {
	question := Question{
		Performance: s.Performance, StartsAt: detail.StartsAt, CalledOff: detail.Status == show.Cancelled, Now: d.now(),
		Direction: s.Direction, Read: read, ReadErr: readErr,
	}
	var err error
	if question.Policy, err = policy(ctx, q, s.Performance); err != nil {
		return Answer{}, err
	}
	if readErr == nil {
		if err := d.lock(ctx, q, &question); err != nil {
			return Answer{}, err
		}
	}
	answer := Answer{}
	if question.Listed {
		if answer.Ticket, err = d.listed(ctx, q, question.Ticket.ID); err != nil {
			return answer, err
		}
	}
	earlier := said(question.Facts, s.ID)
	if !question.Listed {
		rows, err := q.GetScan(ctx, s.ID)
		if err != nil {
			return answer, fmt.Errorf("scan again: %w", err)
		}
		earlier = said(facts(rows), s.ID)
	}
	if earlier.Result == s.Direction || earlier.Result == Refused && s.Overrule == "" {
		answer.Verdict = Verdict{Result: earlier.Result, Reason: earlier.Reason, Was: Stand(without(question.Facts, s.ID)).Since}
		answer.Twice = Stand(question.Facts).Twice
		return answer, nil // asked again: the first answer was lost on the way
	}
	answer.Verdict = Decide(question)
	f := Fact{
		Scan: s.ID, Result: answer.Result, Performance: s.Performance, Ticket: question.Ticket.ID, Reason: answer.Reason, Device: s.Device,
		DeviceName: s.DeviceName, Door: s.Door, Person: s.Person, At: s.At, ReceivedAt: d.now(),
	}
	if answer.Result == Refused && s.Overrule == answer.Reason && overrulable(answer.Reason) { // the refusal they saw, not one that came since
		f.Result, f.Reason = s.Direction, answer.Reason
		answer.Verdict = Verdict{Result: s.Direction, Reason: f.Reason}
		err := record.Add(ctx, q, record.Entry{
			At: d.now(), Actor: s.Person, Action: "door.overrule", Target: "ticket:" + f.Ticket.String(), After: f,
		})
		if err != nil {
			return answer, err
		}
	}
	if _, err := d.add(ctx, q, f); err != nil {
		return answer, err
	}
	answer.Twice = Stand(append(question.Facts, f)).Twice
	return answer, nil
}

// overrulable reports whether a colleague may let somebody in in spite of a refusal: what is a ticket of ours, for this
// performance, and alive.
func overrulable(r Reason) bool {
	switch r {
	case AlreadyIn, TooEarly, ScreenOnly, StaleScreen, NotIn, NoReturn:
		return true
	}
	return false
}

// lock reads what is known of the ticket and keeps others from deciding about it until the transaction ends.
func (d *Desk) lock(ctx context.Context, q *dbsqlc.Queries, question *Question) error {
	row, err := q.LockTicket(ctx, question.Read.TicketID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock the ticket: %w", err)
	}
	secret, err := d.Keys.Secret(row.KeyID, row.ID)
	if err != nil {
		return err
	}
	question.Listed = true
	question.Ticket = Known{ID: row.ID, Alive: row.State != "void", Reissued: row.ReplacedBy.Valid, Secret: secret}
	rows, err := q.TicketScans(ctx, []uuid.UUID{row.ID})
	if err != nil {
		return fmt.Errorf("scans of the ticket: %w", err)
	}
	question.Facts = facts(rows)
	return nil
}

// said is what came of a scan before: an entry or exit if there is one, else the refusal. Zero: nothing yet.
func said(list []Fact, scan uuid.UUID) Fact {
	var found Fact
	for _, f := range list {
		if f.Scan == scan && (found.Result == "" || found.Result == Refused) {
			found = f
		}
	}
	return found
}

func without(list []Fact, scan uuid.UUID) []Fact {
	var rest []Fact
	for _, f := range list {
		if f.Scan != scan {
			rest = append(rest, f)
		}
	}
	return rest
}

// read understands a signed code, or a short code of a ticket of the performance.
func (d *Desk) read(ctx context.Context, performance uuid.UUID, code string) (ticket.Presented, error) {
	code = strings.TrimSpace(code)
	short, rotating, ok := parseShort(code)
	if !ok {
		return d.Keys.Read(code)
	}
	rows, err := dbsqlc.New(d.DB).DoorTickets(ctx, performance)
	if err != nil {
		return ticket.Presented{}, fmt.Errorf("scan: list: %w", err)
	}
	for _, row := range rows {
		secret, err := d.Keys.Secret(row.KeyID, row.ID)
		if err != nil {
			continue // signed with a key that is gone: it can't be read either
		}
		if ticket.Short(secret) == short {
			return ticket.Presented{
				Claim: ticket.Claim{TicketID: row.ID, PerformanceID: performance, SeatID: row.SeatID, IssuedAt: row.IssuedAt}, KeyID: row.KeyID, Rotating: rotating,
			}, nil
		}
	}
	return ticket.Presented{}, ticket.ErrMalformed
}

// parseShort understands what a colleague typed: eight characters, in any case and with spaces or dashes, and six digits
// behind them or not.
func parseShort(text string) (short, rotating string, ok bool) {
	if len(text) > 40 || strings.Contains(text, ".") {
		return "", "", false
	}
	plain := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "·", "").Replace(text))
	if len(plain) != ticket.ShortLength && len(plain) != ticket.ShortLength+6 {
		return "", "", false
	}
	return plain[:ticket.ShortLength], plain[ticket.ShortLength:], true
}

// Bounds on what a device sends about itself.
const (
	maxText = 80
	maxCode = 400
)

// named reports whether a text can be kept as a name.
func named(text string) bool {
	return len(text) <= maxText && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func (s Scan) check() error {
	switch {
	case s.ID == uuid.Nil || s.Performance == uuid.Nil:
		return Invalid{"The scan has no ID."}
	case s.Direction != In && s.Direction != Out:
		return Invalid{"A scan is in or out."}
	case s.Device == "" || !named(s.Device) || !named(s.DeviceName) || !named(s.Door):
		return Invalid{"The device’s or the door’s name is missing, longer than 80 bytes or no text."}
	case s.Code == "" || len(s.Code) > maxCode:
		return Invalid{"There is no code, or it is far too long."}
	case s.At.IsZero():
		return Invalid{"The scan has no time."}
	}
	return nil
}
