package plainjson

import "time"

// Instant reads an RFC 3339 time; an empty string is the zero time.
func (r *Reader) Instant() time.Time {
	text := r.String()
	if text == "" {
		return time.Time{}
	}
	t, ok := ParseInstant(text)
	if !ok {
		r.Fail()
	}
	return t
}

// ParseInstant reads an RFC 3339 time, in UTC. time.Parse can read any layout
// and knows time zones, which is as large in the Wasm module as three filters.
func ParseInstant(text string) (time.Time, bool) {
	d := digits{text: text, ok: true}
	year := d.number(4, 0, 9999, '-')
	month := time.Month(d.number(2, 1, 12, '-'))
	day := d.number(2, 1, 31, 'T')
	hour := d.number(2, 0, 23, ':')
	minute := d.number(2, 0, 59, ':')
	second := d.number(2, 0, 59, 0)
	nanos := d.fraction()
	offset := d.zone()
	t := time.Date(year, month, day, hour, minute, second, nanos, time.UTC)
	if !d.ok || d.text != "" || t.Day() != day { // the 31st of February is in March
		return time.Time{}, false
	}
	return t.Add(-time.Duration(offset) * time.Minute), true
}

// digits is what is left to read; ok until something is wrong.
type digits struct {
	text string
	ok   bool
}

// number reads so many digits, of a number within bounds, and what must stand
// behind them; 0 is nothing.
func (d *digits) number(width, least, most int, behind byte) (n int) {
	if len(d.text) < width {
		d.ok = false
		return 0
	}
	for _, c := range []byte(d.text[:width]) {
		if c < '0' || c > '9' {
			d.ok = false
			return 0
		}
		n = n*10 + int(c-'0')
	}
	d.text = d.text[width:]
	if n < least || n > most || behind != 0 && !d.take(behind) {
		d.ok = false
	}
	return n
}

func (d *digits) take(c byte) bool {
	if d.text == "" || d.text[0] != c {
		return false
	}
	d.text = d.text[1:]
	return true
}

// fraction reads the nanoseconds behind a second, if there are any; more
// digits than nanoseconds have are passed over.
func (d *digits) fraction() (nanos int) {
	if !d.take('.') {
		return 0
	}
	read := 0
	for unit := 100_000_000; d.text != "" && d.text[0] >= '0' && d.text[0] <= '9'; unit /= 10 {
		nanos += int(d.text[0]-'0') * unit
		d.text = d.text[1:]
		read++
	}
	d.ok = d.ok && read > 0
	return nanos
}

// zone reads Z or how far a zone is ahead of UTC, and returns minutes.
func (d *digits) zone() int {
	if d.take('Z') {
		return 0
	}
	sign := 1
	if d.take('-') {
		sign = -1
	} else if !d.take('+') {
		d.ok = false
		return 0
	}
	hours := d.number(2, 0, 23, ':')
	return sign * (hours*60 + d.number(2, 0, 59, 0))
}
