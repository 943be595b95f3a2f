package edgeconfig

import (
	"fmt"
	"strings"
	"time"
)

// ParseWhen reads a moment as staff write it, in the venue's time zone: "now", "+90m" (from now), "14:00" (the next
// time it is that late), "2026-11-22", "2026-11-22 14:00", or RFC 3339. A local time that daylight saving skips is
// refused; of one that comes twice the first is meant.
func ParseWhen(text string, now time.Time, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "now" {
		return now.UTC(), nil
	}
	if after, ok := strings.CutPrefix(text, "+"); ok {
		d, err := time.ParseDuration(after)
		if err != nil || d < 0 {
			return time.Time{}, refuse("%q is not a duration such as +90m or +2h", text)
		}
		return now.Add(d).UTC(), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	if clock, err := time.Parse("15:04", text); err == nil {
		today := now.In(zone)
		for day := range 3 { // the third day is for a time that tomorrow skips
			t, err := local(today.Year(), today.Month(), today.Day()+day, clock.Hour(), clock.Minute(), zone)
			if err == nil && t.After(now) {
				return t, nil
			}
		}
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return local(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), zone)
		}
	}
	return time.Time{}, refuse("%q is not a time: write 14:00, 2026-11-22 14:00, +2h or now (venue time, %s)", text, zone)
}

// local is the first instant at which clocks in zone show the given time.
func local(year int, month time.Month, day, hour, minute int, zone *time.Location) (time.Time, error) {
	t := time.Date(year, month, day, hour, minute, 0, 0, zone)
	if t.Hour() != hour || t.Minute() != minute {
		return time.Time{}, refuse("%s does not exist in %s: the clocks go forward over it",
			fmt.Sprintf("%04d-%02d-%02d %02d:%02d", year, month, day, hour, minute), zone)
	}
	// When clocks go back, the same time comes once more up to two hours earlier or later; Go promises neither.
	for _, back := range []time.Duration{2 * time.Hour, time.Hour, 30 * time.Minute} {
		if e := t.Add(-back); e.Hour() == hour && e.Minute() == minute && e.Day() == t.Day() {
			return e.UTC(), nil
		}
	}
	return t.UTC(), nil
}
