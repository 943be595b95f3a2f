package content

import (
	"fmt"
	"slices"
	"time"
)

// readStart reads the time at a venue, "2026-12-01T19:30", as if it were UTC. An offset may follow it, for the hour
// that a clock shows twice; offset is nil without one.
func readStart(s string) (local time.Time, offset *int, why string) {
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(form, s); err == nil && !outside(t) {
			return t, nil, ""
		}
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(form, s); err == nil && !outside(t) {
			_, seconds := t.Zone()
			return t.Add(time.Duration(seconds) * time.Second).UTC(), &seconds, ""
		}
	}
	return time.Time{}, nil, "must be the time at the venue, such as 2026-12-01T19:30"
}

// startIn is the instant at which a clock in zone shows s. A time that the clock skips in spring is refused; one that it
// shows twice in autumn needs its offset. why says so, in words for an editor.
func startIn(zone *time.Location, s string) (at time.Time, why string) {
	local, offset, why := readStart(s)
	if why != "" {
		return time.Time{}, why
	}
	// Whatever the zone did that day, its offset was one of those half a day before and half a day after.
	var shown []time.Time
	for _, near := range []time.Duration{-12 * time.Hour, 12 * time.Hour} {
		_, seconds := local.Add(near).In(zone).Zone()
		candidate := local.Add(-time.Duration(seconds) * time.Second)
		if _, really := candidate.In(zone).Zone(); really == seconds && (len(shown) == 0 || !shown[0].Equal(candidate)) {
			shown = append(shown, candidate)
		}
	}
	if offset != nil {
		asked := local.Add(-time.Duration(*offset) * time.Second)
		for _, t := range shown {
			if t.Equal(asked) {
				return asked, ""
			}
		}
		return time.Time{}, fmt.Sprintf("has an offset that %s does not have then: leave it out", zone)
	}
	slices.SortFunc(shown, time.Time.Compare)
	switch len(shown) {
	case 1:
		return shown[0], ""
	case 0:
		return time.Time{}, fmt.Sprintf("does not exist in %s: the clocks go forward over it. Choose a time before or after.", zone)
	default:
		return time.Time{}, fmt.Sprintf("is shown twice by the clocks in %s: they go back that day. Write %s for the first or %s for the second.", zone,
			shown[0].In(zone).Format("2006-01-02T15:04Z07:00"), shown[1].In(zone).Format("2006-01-02T15:04Z07:00"))
	}
}
