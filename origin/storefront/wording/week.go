package wording

import "time"

// weekBegins is on Monday in Britain, on Sunday in America.
func (l Locale) weekBegins() time.Weekday {
	if l.us {
		return time.Sunday
	}
	return time.Monday
}

// Weekdays are the short names of a week's days, as calendars begin it.
func (l Locale) Weekdays() []string {
	var names []string
	for i := range 7 {
		names = append(names, ((l.weekBegins() + time.Weekday(i)) % 7).String()[:3])
	}
	return names
}

// Column is the place of a day in such a week, from 1.
func (l Locale) Column(t time.Time) int { return int(t.Weekday()-l.weekBegins()+7)%7 + 1 }

// Day is a day without weekday and year.
func (l Locale) Day(t time.Time) string { return t.Format(l.pick("2 Jan", "Jan 2")) }
