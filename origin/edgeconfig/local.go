package edgeconfig

import (
	"fmt"
	"time"
)

// LocalTimes returns the instants at which clocks in zone show a date ("2026-10-25") and time ("01:30"), the first one
// first. There are two in the hour that comes twice when clocks go back: ask which is meant. There is none in the hour
// that clocks go forward over: that is Refused, with the times around it. So is what is no date or time.
func LocalTimes(date, clock string, zone *time.Location) ([]time.Time, error) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || day.Year() < 2000 || day.Year() > 2199 {
		return nil, refuse("%q is not a date", date)
	}
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return nil, refuse("%q is not a time of day, such as 14:00", clock)
	}
	// Every offset the zone has within a day of it is tried: what shows the time asked for is a time meant.
	naive := time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	var found []time.Time
	for hours := -26; hours <= 26; hours++ {
		_, offset := naive.Add(time.Duration(hours) * time.Hour).In(zone).Zone()
		t := naive.Add(-time.Duration(offset) * time.Second)
		if _, is := t.In(zone).Zone(); is == offset && (len(found) == 0 || !known(found, t)) {
			found = append(found, t)
		}
	}
	if len(found) == 2 && found[1].Before(found[0]) {
		found[0], found[1] = found[1], found[0]
	}
	if len(found) == 0 {
		from, to := gap(naive, zone)
		return nil, refuse("%s does not exist on %s: the clocks there go forward from %s to %s. Choose a time before or after", clock, day.Format("2 January 2006"), from, to)
	}
	return found, nil
}

func known(list []time.Time, t time.Time) bool {
	for _, k := range list {
		if k.Equal(t) {
			return true
		}
	}
	return false
}

// gap names the local times between which clocks in zone jump around a time that does not exist.
func gap(naive time.Time, zone *time.Location) (from, to string) {
	// The change is somewhere in the day around it; minutes are fine enough.
	for t := naive.Add(-26 * time.Hour); t.Before(naive.Add(26 * time.Hour)); t = t.Add(time.Minute) {
		_, before := t.In(zone).Zone()
		_, after := t.Add(time.Minute).In(zone).Zone()
		if after > before {
			end := t.Add(time.Minute)
			return end.UTC().Add(time.Duration(before) * time.Second).Format("15:04"), end.In(zone).Format("15:04")
		}
	}
	return fmt.Sprint(naive), fmt.Sprint(naive) // not reached: without a change every time exists
}
