// Package calendarfile writes one event as an iCalendar file (RFC 5545), for "Add to calendar".
package calendarfile

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one entry in a calendar.
type Event struct {
	UID         string    // the same for the same event, for ever
	Stamp       time.Time // when this file is written
	Start, End  time.Time
	Summary     string
	Location    string
	Description string
	URL         string // may be empty
	Latitude    string // decimal degrees; may be empty, with Longitude
	Longitude   string
}

const instant = "20060102T150405Z"

// Write returns the file. Instants are written in UTC, so no zone table is needed and every calendar shows them in
// its own zone.
func Write(e Event) []byte {
	var out strings.Builder
	line := func(name, value string) { fold(&out, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Stagedoor//Tickets//EN")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	line("BEGIN", "VEVENT")
	line("UID", text(e.UID))
	line("DTSTAMP", e.Stamp.UTC().Format(instant))
	line("DTSTART", e.Start.UTC().Format(instant))
	line("DTEND", e.End.UTC().Format(instant))
	line("SUMMARY", text(e.Summary))
	if e.Location != "" {
		line("LOCATION", text(e.Location))
	}
	if e.Description != "" {
		line("DESCRIPTION", text(e.Description))
	}
	if e.Latitude != "" && e.Longitude != "" {
		line("GEO", text(e.Latitude)+";"+text(e.Longitude))
	}
	if e.URL != "" {
		line("URL", strings.NewReplacer("\r", "", "\n", "").Replace(e.URL))
	}
	line("END", "VEVENT")
	line("END", "VCALENDAR")
	return []byte(out.String())
}

// text escapes a TEXT value (RFC 5545, 3.3.11) and drops what no line may hold.
func text(value string) string {
	value = strings.ToValidUTF8(value, "")
	value = strings.NewReplacer("\\", `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(value)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, value)
}

// fold writes a line in pieces of at most 75 octets, never within a character (RFC 5545, 3.1).
func fold(out *strings.Builder, line string) {
	room := 75
	for len(line) > room {
		cut := room
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		out.WriteString(line[:cut] + "\r\n ")
		line, room = line[cut:], 74
	}
	out.WriteString(line + "\r\n")
}
