package index

import (
	"fmt"
	"time"
)

// Day is the date of an instant, in the zone in which the instant stands, as a number that sorts: 20261224.
func Day(t time.Time) int32 {
	year, month, day := t.Date()
	return int32(year*10_000 + int(month)*100 + day)
}

// Parts of a day.
const (
	Matinee = "matinee" // before five in the afternoon
	Evening = "evening"
)

var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Times are the words under which a performance at an instant is found, in the zone in which the instant stands:
// a Saturday's matinee is at "matinee", at "sat" and at "sat_matinee".
func Times(t time.Time) []string {
	part := Evening
	if t.Hour() < 17 {
		part = Matinee
	}
	weekday := weekdays[t.Weekday()]
	return []string{part, weekday, weekday + "_" + part}
}

// AccessDay is the word under which a kind of access is found on a day.
func AccessDay(access string, day int32) string { return fmt.Sprintf("%s_%d", access, day) }
