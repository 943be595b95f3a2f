package booking_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/bookingtest"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/hold/holdtest"
)

// What the seat map offers can be ordered: in the grace after a hold is over it keeps the seats for the order that stands
// on them, and no longer than that.
func TestTheMapOffersOnlyWhatCanBeOrdered(t *testing.T) {
	t.Parallel()
	const grace = 30 * time.Second
	s := newStage(t)
	holds := holdtest.NewMemory(holdtest.Config{Clock: s.clock.Now, TTL: bookingtest.HoldFor})
	service := s.startWith(holds)
	take := func(session string, seats ...string) (hold.Hold, error) {
		return holds.Acquire(t.Context(), s.wish(session, seats...))
	}
	ada, err := take("ada", "stalls-A-1", "stalls-A-2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Place(t.Context(), s.request(ada)); err != nil {
		t.Fatal(err)
	}
	kept, err := service.PledgedSeats(t.Context(), s.evening)
	if err != nil || len(kept) != 1 || kept[0].HoldID != ada.ID || !kept[0].Until.Equal(ada.ExpiresAt.Add(grace)) || len(kept[0].Seats) != 2 {
		t.Errorf("orders keep %+v, %v", kept, err)
	}
	s.clock.Advance(bookingtest.HoldFor)
	var taken *hold.TakenError
	if _, err := take("bob", "stalls-A-2"); !errors.As(err, &taken) {
		t.Fatalf("in the grace the map offers what an order keeps: %v", err)
	}
	s.clock.Advance(grace)
	bobs, err := take("bob", "stalls-A-2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Place(t.Context(), s.request(bobs)); err != nil {
		t.Errorf("what the map offered can't be ordered: %v", err)
	}

	// An order that is given up lets go of what only it kept.
	carl, err := take("carl", "stalls-A-5", "stalls-A-6")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Place(t.Context(), s.request(carl)); err != nil {
		t.Fatal(err)
	}
	anew, err := take("carl", "stalls-A-7")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := take("dora", "stalls-A-5"); !errors.As(err, &taken) {
		t.Errorf("the seats of an order are offered while it stands: %v", err)
	}
	if err := service.Superseded(t.Context(), s.evening, "carl", anew.ID); err != nil {
		t.Fatal(err)
	}
	doras, err := take("dora", "stalls-A-5")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Place(t.Context(), s.request(doras)); err != nil {
		t.Errorf("what the map offered can't be ordered: %v", err)
	}
	var none *booking.SeatsLostError
	if _, err := service.Place(t.Context(), s.request(ada)); err == nil || errors.As(err, &none) {
		t.Errorf("a hold that is over was ordered, or looked for its seats: %v", err)
	}
}
