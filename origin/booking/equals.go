package booking

import (
	"cmp"
	"slices"

	"github.com/stagedoor/stagedoor/origin/venue"
)

// swap is a seat and another as good.
type swap struct {
	from string
	to   venue.Located
}

// spot is a seat as equals looks at it.
type spot struct {
	venue.Located
	section, row, at int // where it stands in the plan
}

// equals finds, for every wanted seat, another free one as good: of the same price band and kind, with no worse a view,
// the party side by side in a row if it was, and as near as can be to where it was. None when there are not enough.
// Accessible places are not moved: what is near them was chosen for a reason.
func equals(plan *venue.Plan, wanted []string, free func(string) bool) []swap {
	spots, byID := lay(plan)
	var party []spot
	for _, id := range wanted {
		at, ok := byID[id]
		if !ok || at.Kind != venue.Standard && at.Kind != venue.Unnumbered {
			return nil
		}
		party = append(party, at)
	}
	slices.SortFunc(party, before)
	if groups := byGrade(party); len(groups) == 1 {
		return seatTogether(party, spots, free)
	} else if len(groups) > 1 {
		var out []swap
		taken := map[string]bool{}
		for _, group := range groups { // the dear seats of a party, then the cheap ones, each side by side
			part := seatTogether(group, spots, func(id string) bool { return free(id) && !taken[id] })
			if part == nil {
				return nil
			}
			for _, s := range part {
				taken[s.to.ID] = true
			}
			out = append(out, part...)
		}
		return out
	}
	return nil
}

// lay lists the seats of a plan in order, with their places.
func lay(plan *venue.Plan) ([]spot, map[string]spot) {
	index := plan.Index()
	var spots []spot
	for i, section := range plan.Sections {
		for j, id := range section.General.Places(section.ID) {
			spots = append(spots, spot{index[id], i, -1, j})
		}
		for j, row := range section.Rows {
			for k, seat := range row.Seats {
				spots = append(spots, spot{index[seat.ID], i, j, k})
			}
		}
	}
	byID := make(map[string]spot, len(spots))
	for _, s := range spots {
		byID[s.ID] = s
	}
	return spots, byID
}

func before(a, b spot) int {
	return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.row, b.row), cmp.Compare(a.at, b.at))
}

// asGood reports whether a may take the place of b.
func asGood(a, b spot) bool {
	return a.Band == b.Band && a.Kind == b.Kind && (!a.Restricted || b.Restricted)
}

// byGrade takes a party apart into those who sit in equal seats.
func byGrade(party []spot) (groups [][]spot) {
	for _, p := range party {
		i := slices.IndexFunc(groups, func(g []spot) bool { return g[0].Band == p.Band && g[0].Kind == p.Kind })
		if i < 0 {
			groups = append(groups, []spot{p})
			continue
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}

func beside(a, b spot) bool { return a.section == b.section && a.row == b.row && b.at == a.at+1 }

// seatTogether seats people of equal seats: side by side if they were, else each as near as can be.
func seatTogether(party, spots []spot, free func(string) bool) []swap {
	together := party[0].Kind == venue.Standard
	for i := range party[1:] {
		together = together && beside(party[i], party[i+1])
	}
	if !together {
		return seatApart(party, spots, free)
	}
	var best []spot
	for i := range spots {
		run := spots[i:min(i+len(party), len(spots))]
		if len(run) == len(party) && fits(run, party, free) && (best == nil || distance(run[0], party[0]) < distance(best[0], party[0])) {
			best = run
		}
	}
	if best == nil {
		return nil
	}
	out := make([]swap, len(party))
	for i, p := range party {
		out[i] = swap{p.ID, best[i].Located}
	}
	return out
}

func fits(run, party []spot, free func(string) bool) bool {
	for i, s := range run {
		if !free(s.ID) || !asGood(s, party[i]) || i > 0 && !beside(run[i-1], s) {
			return false
		}
	}
	return true
}

func seatApart(party, spots []spot, free func(string) bool) []swap {
	var out []swap
	taken := map[string]bool{}
	for _, p := range party {
		best := -1
		for i, s := range spots {
			if free(s.ID) && !taken[s.ID] && asGood(s, p) && (best < 0 || distance(s, p) < distance(spots[best], p)) {
				best = i
			}
		}
		if best < 0 {
			return nil
		}
		taken[spots[best].ID] = true
		out = append(out, swap{p.ID, spots[best].Located})
	}
	return out
}

// distance weighs another part of the house more than any row, and a row more than a few seats along it.
func distance(a, b spot) int {
	return 10_000*abs(a.section-b.section) + 4*abs(a.row-b.row) + abs(a.at-b.at)
}

func abs(n int) int { return max(n, -n) }
