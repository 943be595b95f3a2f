package booking

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/origin/pricing"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// price puts the house's prices on the seats of a hold. The buyer says only who sits where; every fault of their
// choices comes back at once. The seats come back in the order of held.
func price(held []string, choices []SeatChoice, plan map[string]venue.Located, table show.PriceTable) ([]Seat, error) {
	var wrong faults
	chosen := make(map[string]int, len(choices)) // seat -> index of its choice
	for i, c := range choices {
		field := fmt.Sprintf("seats[%d].seat_id", i)
		switch _, twice := chosen[c.SeatID]; {
		case twice:
			wrong.add(field, "is in the list twice")
		case !slices.Contains(held, c.SeatID):
			wrong.add(field, "is not one of the seats you are holding")
		}
		chosen[c.SeatID] = i
	}
	seats := make([]Seat, 0, len(held))
	var gone []string // held on a plan that was replaced since by one without them
	for _, id := range held {
		index, ok := chosen[id]
		if !ok {
			wrong.add("seats", "must say who sits in %s", id)
			continue
		}
		located, ok := plan[id]
		if !ok {
			gone = append(gone, id)
			continue
		}
		priceType := choices[index].PriceType
		face, _ := table.Amount(located.Band, priceType)
		list, _ := table.Amount(located.Band, show.Adult)
		offered := table.Offered(located.Seat)
		if !slices.ContainsFunc(offered, func(t show.PriceType) bool { return t.ID == priceType }) {
			wrong.add(fmt.Sprintf("seats[%d].price_type", index), "must be one of %s for this seat", names(offered))
		}
		seats = append(seats, Seat{
			SeatID: id, Section: located.Section, Row: located.Row, Label: located.Label,
			Band: located.Band, PriceType: priceType, Amount: face, Price: pricing.Line{Seat: pricing.Seat{List: max(list, face), Face: face}, Amount: face},
		})
	}
	companions(&wrong, seats, chosen, plan)
	if len(gone) > 0 {
		return nil, &SeatsLostError{Seats: gone}
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	return seats, nil
}

// companions sees to it that every companion price goes with a wheelchair space of its own in the same row: that is
// where a plan puts the seat beside one.
func companions(wrong *faults, seats []Seat, chosen map[string]int, plan map[string]venue.Located) {
	type row struct{ section, label string }
	spaces := map[row]int{}
	for _, s := range seats {
		if located := plan[s.SeatID]; located.Kind == venue.Wheelchair {
			spaces[row{located.SectionID, located.Row}]++
		}
	}
	for _, s := range seats {
		located := plan[s.SeatID]
		if s.PriceType != show.Companion || located.Kind != venue.Companion {
			continue
		}
		at := row{located.SectionID, located.Row}
		if spaces[at]--; spaces[at] < 0 {
			wrong.add(fmt.Sprintf("seats[%d].price_type", chosen[s.SeatID]),
				"can be companion only together with a wheelchair space beside it, one each")
		}
	}
}

func names(types []show.PriceType) string {
	ids := make([]string, len(types))
	for i, t := range types {
		ids[i] = t.ID
	}
	return strings.Join(ids, ", ")
}

// charge adds fees and tax to priced seats and takes discounts off.
func charge(seats []Seat, rules pricing.Rules, discounts []pricing.Discount) []pricing.Line {
	plain := make([]pricing.Seat, len(seats))
	for i, s := range seats {
		plain[i] = s.Price.Seat
	}
	lines := pricing.Price(plain, rules, discounts)
	for i := range seats {
		seats[i].Price, seats[i].Amount, seats[i].Rules = lines[i], lines[i].Amount, rules.String()
	}
	return lines
}

func total(seats []Seat) int64 {
	var sum int64
	for _, s := range seats {
		sum += s.Amount
	}
	return sum
}
