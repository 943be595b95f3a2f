package bus

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestAddRefusesWhatCouldNeverLeave(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, test := range []struct {
		name  string
		event Event
	}{
		{"no subject", Event{Payload: 1}},
		{"another house's subject", Event{Subject: "elsewhere.order.paid.v1", Payload: 1}},
		{"no version", Event{Subject: "stagedoor.order.paid", Payload: 1}},
		{"a wildcard", Event{Subject: "stagedoor.order.*.v1", Payload: 1}},
		{"spaces", Event{Subject: "stagedoor.order.is paid.v1", Payload: 1}},
		{"no JSON", Event{Subject: testSubject, Payload: math.Inf(1)}},
		{"too long", Event{Subject: testSubject, Payload: strings.Repeat("x", MaxPayload)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := pgx.BeginFunc(t.Context(), s.db, func(tx pgx.Tx) error { return Add(t.Context(), tx, test.event) })
			if !errors.Is(err, ErrInvalidEvent) {
				t.Errorf("got %v, want ErrInvalidEvent", err)
			}
		})
	}
	if n := s.count("select count(*) from outbox"); n != 0 {
		t.Errorf("%d refused events are in the outbox", n)
	}
}

func TestWhatRollsBackIsNotTold(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start(s.relay().Run)
	changedMind := errors.New("changed my mind")
	err := pgx.BeginFunc(t.Context(), s.db, func(tx pgx.Tx) error {
		if err := Add(t.Context(), tx, Event{Subject: testSubject, Payload: fact{"curtain", 1}}); err != nil {
			return err
		}
		return changedMind
	})
	if !errors.Is(err, changedMind) {
		t.Fatal(err)
	}
	s.tell("curtain", 2, 1)
	s.untilRelayed()
	s.checkStored()
	if n := len(s.stored()); n != 1 {
		t.Errorf("%d events were told, want the committed one", n)
	}
}
