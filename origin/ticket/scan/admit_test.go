package scan_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
)

func TestATicketAdmitsOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one, other := s.Issue(s.Evening, "stalls-A-1", "1"), s.Issue(s.Evening, "stalls-A-2", "2")
	first := s.scanOf(one.Code, scan.In)
	in := s.want("the first", first, scan.In, "")
	if in.Ticket.Seat != "Stalls, row A, seat 1" || in.Ticket.Type != "adult" {
		t.Errorf("the colleague sees %+v", in.Ticket)
	}
	s.want("the same scan again, its answer was lost", first, scan.In, "")
	s.clock.Advance(time.Minute)
	again := s.want("a second person", s.scanOf(one.Code, scan.In), scan.Refused, scan.AlreadyIn)
	if again.Was.Door != "Front" || !again.Was.At.Equal(first.At) {
		t.Errorf("it does not say when and where: %+v", again.Was)
	}
	s.want("another ticket", s.scanOf(other.Code, scan.In), scan.In, "")
	s.want("out", s.scanOf(one.Code, scan.Out), scan.Out, "")
	s.want("out twice", s.scanOf(one.Code, scan.Out), scan.Refused, scan.NotIn)
	s.want("in again", s.scanOf(one.Code, scan.In), scan.In, "")
	if tally := s.tally(); tally.Expected != 2 || tally.In != 2 || tally.Refused[scan.AlreadyIn] != 1 || tally.Refused[scan.NotIn] != 1 || len(tally.Twice) != 0 {
		t.Errorf("tally %+v", tally)
	}
}

func TestWhyTheDoorRefuses(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	good := s.Issue(s.Evening, "stalls-A-1", "1")
	elsewhere := s.Issue(s.House.Performance(s.clock.Now()), "stalls-A-1", "1")
	refunded := s.Issue(s.Evening, "stalls-A-3", "3")
	s.Exec(`update tickets set state = 'void' where id = $1`, refunded.ID)
	old := s.Issue(s.Evening, "stalls-A-4", "4")
	newer, err := s.Desk.Reissue(t.Context(), "box-office@stagedoor.example", old.ID, "lost telephone")
	if err != nil {
		t.Fatal(err)
	}
	var fresh string
	if err := s.DB.QueryRow(t.Context(), `select code from tickets where id = $1`, newer).Scan(&fresh); err != nil {
		t.Fatal(err)
	}
	stray, _, err := s.Ring.SignTicket(uuid.New(), s.Evening, "stalls-A-9", s.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, code string
		result     scan.Result
		reason     scan.Reason
	}{
		{"a web address", "https://example.org/", scan.Refused, scan.Unknown},
		{"a short code of nobody", "CCCC-CCCC", scan.Refused, scan.Unknown},
		{"a changed signature", good.Code[:len(good.Code)-6] + "AAAAAA", scan.Refused, scan.Forged},
		{"another's key", strings.Replace(good.Code, strings.Split(good.Code, ".")[1], "aaaaaaaa", 1), scan.Refused, scan.Unknown},
		{"signed by us and never sold", stray, scan.Refused, scan.Unknown},
		{"another evening", elsewhere.Code, scan.Refused, scan.WrongShow},
		{"refunded", refunded.Code, scan.Refused, scan.Cancelled},
		{"replaced", old.Code, scan.Refused, scan.Reissued},
		{"its replacement", fresh, scan.In, ""},
		{"good", good.Code, scan.In, ""},
	} {
		answer := s.want(c.name, s.scanOf(c.code, scan.In), c.result, c.reason)
		if c.reason == scan.WrongShow && !strings.HasPrefix(answer.Other, "The Importance of Being Earnest, Mon 21 Dec") {
			t.Errorf("the other performance is called %q", answer.Other)
		}
	}
	s.Exec(`update performances set status = 'cancelled' where id = $1`, s.Evening)
	s.want("called off", s.scanOf(good.Code, scan.In), scan.Refused, scan.CalledOff)
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.Issue(s.Evening, "stalls-A-1", "1")
	set := func(p scan.Policy) {
		t.Helper()
		if err := s.Desk.SetPolicy(t.Context(), "venue-staff@stagedoor.example", s.Evening, p); err != nil {
			t.Fatal(err)
		}
	}
	set(scan.Policy{OpensBefore: 30 * time.Minute})
	s.want("half an hour early", s.scanOf(one.Code, scan.In), scan.Refused, scan.TooEarly)
	set(scan.Policy{OpensBefore: 30 * time.Minute, OpenedAt: s.clock.Now(), ScreensOnly: true})
	s.want("paper", s.scanOf(one.Code, scan.In), scan.Refused, scan.ScreenOnly)
	secret, err := s.Ring.SecretOf(one.Code)
	if err != nil {
		t.Fatal(err)
	}
	s.want("a picture of a minute ago", s.scanOf(one.Code+"."+ticket.Rotating(secret, s.clock.Now().Add(-time.Minute)), scan.In), scan.Refused, scan.StaleScreen)
	s.want("the short code alone", s.scanOf(ticket.Short(secret), scan.In), scan.Refused, scan.ScreenOnly)
	s.want("the short code with digits", s.scanOf(strings.ToLower(ticket.Short(secret)[:4]+"-"+ticket.Short(secret)[4:])+" "+ticket.Rotating(secret, s.clock.Now()), scan.In), scan.In, "")
	s.want("out", s.scanOf(one.Code, scan.Out), scan.Out, "")
	s.want("in again", s.scanOf(one.Code+"."+ticket.Rotating(secret, s.clock.Now()), scan.In), scan.Refused, scan.NoReturn)
	var audited int
	if err := s.DB.QueryRow(t.Context(), `select count(*) from staff_audit where action = 'door.policy'`).Scan(&audited); err != nil || audited != 2 {
		t.Errorf("%d changes audited, %v", audited, err)
	}
	var invalid scan.Invalid
	if err := s.Desk.SetPolicy(t.Context(), "x", s.Evening, scan.Policy{OpensBefore: 48 * time.Hour}); !errors.As(err, &invalid) {
		t.Errorf("two days before it begins: %v", err)
	}
}

// A colleague may overrule what is about the moment, and never what is about the ticket; it is audited.
func TestByHand(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.Issue(s.Evening, "stalls-A-1", "1")
	s.admit(s.scanOf(one.Code, scan.In))
	second := s.scanOf(one.Code, scan.In)
	s.want("refused first", second, scan.Refused, scan.AlreadyIn)
	second.Overrule = scan.AlreadyIn
	answer := s.want("then let in", second, scan.In, scan.AlreadyIn)
	if len(answer.Twice) != 2 {
		t.Errorf("both entries are not shown: %+v", answer.Twice)
	}
	if tally := s.tally(); tally.Overrule != 1 || tally.Refused[scan.AlreadyIn] != 0 || len(tally.Twice) != 1 || tally.In != 1 {
		t.Errorf("tally %+v", tally)
	}
	forged := s.scanOf(one.Code[:len(one.Code)-6]+"AAAAAA", scan.In)
	forged.Overrule = scan.Forged
	s.want("forged", forged, scan.Refused, scan.Forged)
	var audited int
	if err := s.DB.QueryRow(t.Context(), `select count(*) from staff_audit where action = 'door.overrule'`).Scan(&audited); err != nil || audited != 1 {
		t.Errorf("%d overrulings audited, %v", audited, err)
	}
}

// Of forty scanners that see a ticket at once, one lets it in.
func TestOneOfManyScannersLetsItIn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.Issue(s.Evening, "stalls-A-1", "1")
	var in, refused int
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			answer, err := s.Desk.Admit(t.Context(), s.scanOf(one.Code, scan.In))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				t.Error(err)
			case answer.Result == scan.In:
				in++
			case answer.Reason == scan.AlreadyIn:
				refused++
			}
		})
	}
	group.Wait()
	if in != 1 || refused != 39 {
		t.Errorf("%d let in, %d refused", in, refused)
	}
}

func TestReissue(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.Issue(s.Evening, "stalls-A-1", "1")
	s.admit(s.scanOf(one.Code, scan.In))
	var invalid scan.Invalid
	if _, err := s.Desk.Reissue(t.Context(), "box", one.ID, ""); !errors.As(err, &invalid) {
		t.Errorf("of somebody inside: %v", err)
	}
	s.admit(s.scanOf(one.Code, scan.Out))
	if _, err := s.Desk.Reissue(t.Context(), "box", one.ID, "lost"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Desk.Reissue(t.Context(), "box", one.ID, "lost"); !errors.As(err, &invalid) {
		t.Errorf("of a dead one: %v", err)
	}
	if _, err := s.Desk.Reissue(t.Context(), "box", uuid.New(), "lost"); !errors.Is(err, scan.ErrNotFound) {
		t.Errorf("of none: %v", err)
	}
	// However many ask at once, one newer ticket is alive.
	two := s.Issue(s.Evening, "stalls-A-2", "2")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { _, _ = s.Desk.Reissue(t.Context(), "box", two.ID, "lost") })
	}
	group.Wait()
	var alive, dead int
	err := s.DB.QueryRow(t.Context(), `select count(*) filter (where state <> 'void'), count(*) filter (where state = 'void' and replaced_by is not null)
		from tickets where seat_id = 'stalls-A-2'`).Scan(&alive, &dead)
	if err != nil || alive != 1 || dead != 1 {
		t.Errorf("%d alive, %d dead, %v", alive, dead, err)
	}
}
