package scanner

import (
	"fmt"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
)

// wordsForScanners are the words for each reason, as the scanner's script takes them.
func wordsForScanners() map[scan.Reason][2]string {
	words := map[scan.Reason][2]string{}
	for _, r := range scan.Reasons() {
		w := scan.About(r)
		words[r] = [2]string{w.Short, w.Do}
	}
	return words
}

func at(t time.Time, d show.Detail) string { return t.In(d.Venue.Location()).Format("15:04:05") }

func hour(t time.Time, d show.Detail) string { return t.In(d.Venue.Location()).Format("15:04") }

func day(t time.Time, d show.Detail) string {
	return t.In(d.Venue.Location()).Format("Mon 2 Jan 2006, 15:04")
}

// share is part of whole in per cent, rounded down.
func share(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return min(100, part*100/whole)
}

// doors says whether the doors are open.
func doors(view boardView) string {
	opens := view.Policy.Opens(view.Detail.StartsAt)
	switch {
	case view.Detail.Status == show.Cancelled:
		return "This performance is cancelled: nobody is let in."
	case !view.Policy.OpenedAt.IsZero() && !view.Now.Before(opens):
		return "The doors were opened by hand at " + hour(opens, view.Detail) + "."
	case !view.Now.Before(opens):
		return "The doors have been open since " + day(opens, view.Detail) + "."
	}
	return "The doors open at " + day(opens, view.Detail) + "."
}

func isOpen(view boardView) bool { return !view.Now.Before(view.Policy.Opens(view.Detail.StartsAt)) }

// summary is the figures in a sentence, for who hears the page.
func summary(t scan.Tally) string {
	return fmt.Sprintf("%s of %s are in.", frame.Number(t.In), frame.Number(t.Expected))
}

func seatOf(t scan.Tally, f scan.Fact) string {
	if one, ok := t.Seats[f.Ticket]; ok {
		return one.Seat
	}
	return "No ticket of ours"
}

// became says what came of a scan, and of which kind it is.
func became(f scan.Fact) (kind, text string) {
	switch {
	case f.Result == scan.Refused:
		return "bad", "Refused: " + strings.ToLower(scan.About(f.Reason).Short[:1]) + scan.About(f.Reason).Short[1:]
	case f.Result == scan.Out:
		return "", "Out"
	case f.Reason != "":
		return "warn", "In, by hand"
	}
	return "good", "In"
}

func kindOf(f scan.Fact) string { kind, _ := became(f); return kind }
func textOf(f scan.Fact) string { _, text := became(f); return text }

func refusals(t scan.Tally) (all int) {
	for _, n := range t.Refused {
		all += n
	}
	return all
}

func offline(f scan.Fact) string {
	if f.Offline {
		return " · offline"
	}
	return ""
}

// evening is when a performance begins, on its venue's clock.
func evening(row dbsqlc.DoorPerformancesRow) string {
	zone, err := time.LoadLocation(row.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return row.StartsAt.In(zone).Format("Mon 2 Jan, 15:04")
}
