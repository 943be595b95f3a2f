package holdtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/stagedoor/stagedoor/origin/hold"
)

// race lets 200 buyers fight for 16 seats, two at a time, giving up what they have now and then. Whoever holds a seat must
// hold it alone, and tokens of a seat's holders must grow.
func race(n *night) {
	const buyers, seats, rounds = 200, 16, 10
	var mu sync.Mutex
	holder := make(map[string]string)
	token := make(map[string]int64)
	var wg sync.WaitGroup
	for b := range buyers {
		wg.Go(func() {
			session := fmt.Sprint("buyer-", b)
			for range rounds {
				first := rand.N(seats)
				wanted := []string{fmt.Sprint("A-", first), fmt.Sprint("A-", (first+1+rand.N(seats-1))%seats)}
				h, err := n.acquire(session, wanted...)
				var taken *hold.TakenError
				if errors.As(err, &taken) {
					continue
				}
				if err != nil {
					n.Errorf("%s: %v", session, err)
					return
				}
				mu.Lock()
				for _, seat := range h.Seats {
					if other := holder[seat]; other != "" {
						n.Errorf("%s and %s hold %s at the same time", session, other, seat)
					}
					if h.Token <= token[seat] {
						n.Errorf("%s is held with token %d after %d", seat, h.Token, token[seat])
					}
					holder[seat], token[seat] = session, h.Token
				}
				mu.Unlock()
				mu.Lock()
				for _, seat := range h.Seats {
					holder[seat] = ""
				}
				mu.Unlock()
				if err := n.Store.Release(n.Context(), h.ID, session); err != nil {
					n.Errorf("%s: %v", session, err)
					return
				}
			}
		})
	}
	wg.Wait()
	n.wantSeats(nil)

	// And once without mercy: everybody wants to keep one.
	winners := make(chan string, buyers)
	for b := range buyers {
		wg.Go(func() {
			for i := range seats {
				seat := fmt.Sprint("A-", (b+i)%seats)
				if _, err := n.acquire(fmt.Sprint("buyer-", b), seat); err == nil {
					winners <- seat
					return
				}
			}
		})
	}
	wg.Wait()
	close(winners)
	won := make(map[string]int)
	for seat := range winners {
		won[seat]++
	}
	for i := range seats {
		if seat := fmt.Sprint("A-", i); won[seat] != 1 {
			n.Errorf("%s has %d holders, want 1", seat, won[seat])
		}
	}
}
