package season

import (
	"slices"
	"time"

	"github.com/stagedoor/stagedoor/origin/show"
)

// The price tiers.
const (
	TierStandard = "standard"
	TierPeak     = "peak"
)

// slot is a performance in a theatre's weekly pattern.
type slot struct {
	day          int // 0 Monday ... 6 Sunday
	hour, minute int
}

func (s slot) matinee() bool { return s.hour < 17 }

// longEvening is the running time in minutes from which evenings start half an hour earlier.
const longEvening = 180

// pattern is the theatre's week: eight performances. British houses play Monday to Saturday evenings, with
// matinees midweek and on Saturday; Broadway rests on Monday and plays Sunday afternoon.
func (b booking) pattern(seed uint64) []slot {
	midweek := 2 + int(pick(seed, "midweek", b.theatre.ID)%2) // Wednesday or Thursday
	if b.theatre.Country == "US" {
		return []slot{{1, 19, 0}, {2, 14, 0}, {2, 19, 30}, {3, 19, 0}, {4, 20, 0}, {5, 14, 0}, {5, 20, 0}, {6, 15, 0}}
	}
	var week []slot
	for day := range 6 {
		if day == midweek || day == 5 {
			week = append(week, slot{day, 14, 30})
		}
		if b.work.RunningMinutes >= longEvening {
			week = append(week, slot{day, 19, 0})
		} else {
			week = append(week, slot{day, 19, 30})
		}
	}
	return week
}

// week lists the performances of the week that begins on monday, in order.
func (b booking) week(seed uint64, monday time.Time) []Performance {
	slots := b.pattern(seed)
	if b.theatre.Country == "GB" {
		slots = spareChristmas(slots, monday)
	}
	tags := b.access(seed, monday, slots)
	out := make([]Performance, len(slots))
	for i, s := range slots {
		y, m, d := monday.AddDate(0, 0, s.day).Date()
		local := time.Date(y, m, d, s.hour, s.minute, 0, 0, b.theatre.Zone())
		out[i] = Performance{StartsAt: local.UTC(), Tier: tier(s, local), Access: tags[s]}
	}
	return out
}

// spareChristmas moves what would fall on Christmas Day, when British theatres are shut, to afternoons without a
// matinee in the same week: still eight performances.
func spareChristmas(slots []slot, monday time.Time) []slot {
	christmas := func(s slot) bool {
		_, m, d := monday.AddDate(0, 0, s.day).Date()
		return m == time.December && d == 25
	}
	kept := slices.DeleteFunc(slices.Clone(slots), christmas)
	for _, day := range []int{1, 4, 3, 2, 0} {
		extra := slot{day, 14, 30}
		if len(kept) < len(slots) && !christmas(extra) && !slices.Contains(kept, extra) {
			kept = append(kept, extra)
		}
	}
	slices.SortFunc(kept, func(a, b slot) int { return (a.day*24+a.hour)*60 + a.minute - (b.day*24+b.hour)*60 - b.minute })
	return kept
}

// tier makes Friday and Saturday evenings, Saturday afternoons and the days around Christmas dearer.
func tier(s slot, local time.Time) string {
	_, month, day := local.Date()
	holidays := month == time.December && day >= 19 || month == time.January && day <= 2
	if holidays || s.day == 5 || s.day == 4 && !s.matinee() {
		return TierPeak
	}
	return TierStandard
}

// access says which performances of a week are captioned, audio described, relaxed or signed: one of each a run,
// spread over its weeks, in the middle of the week or on Saturday afternoon.
func (b booking) access(seed uint64, monday time.Time, slots []slot) map[slot][]string {
	week := int(monday.Sub(b.opens).Hours()/24) / 7
	chance := pick(seed, "access", b.theatre.ID, b.slug())
	tags := map[slot][]string{}
	for i, offer := range []struct {
		tag  string
		suit func(slot) bool
	}{
		{show.AudioDescribed, func(s slot) bool { return s.matinee() && s.day == 5 }},
		{show.Captioned, func(s slot) bool { return !s.matinee() && s.day >= 1 && s.day <= 3 }},
		{show.Relaxed, func(s slot) bool { return s.matinee() && s.day < 5 }},
		{show.Signed, func(s slot) bool { return !s.matinee() && s.day >= 1 && s.day <= 3 }},
	} {
		// The first week is for finding one's feet.
		if week != 1+(i+int(chance>>8))%(b.weeks-1) {
			continue
		}
		suited := slices.DeleteFunc(slices.Clone(slots), func(s slot) bool { return !offer.suit(s) })
		if len(suited) == 0 { // Christmas took them
			suited = slots
		}
		s := suited[int(chance>>16)%len(suited)]
		tags[s] = append(tags[s], offer.tag)
		slices.Sort(tags[s])
	}
	return tags
}
