package page

import "strconv"

// band rounds a number of people up to two digits: more would pretend to know.
func band(n int) int {
	if n < 10 {
		return n
	}
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit - 1) / unit * unit
}

// appendAhead says how many people are in front.
func (w *words) appendAhead(dst []byte, n int) []byte {
	switch {
	case n < 0:
		return append(dst, w.counting...)
	case n == 0:
		return append(dst, w.next...)
	case n < 10:
		return append(dst, w.fewerThanTen...)
	}
	return w.appendCount(append(append(dst, w.about...), ' '), band(n))
}

// appendCount writes a number with its thousands apart.
func (w *words) appendCount(dst []byte, n int) []byte {
	if n >= 1000 {
		dst = append(w.appendCount(dst, n/1000), w.thousands...)
		n %= 1000
		return append(dst, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// appendWait says how long a wait is, as a range.
func (w *words) appendWait(dst []byte, q *Queue) []byte {
	if !q.Estimated {
		return append(dst, w.cannotSay...)
	}
	low, high := halfHours(q.P50), halfHours(q.P90)
	switch {
	case q.P90 <= 60:
		return append(dst, w.lessThanAMinute...)
	case q.P90 <= 90*60:
		low, high = max((q.P50+59)/60, 1), (q.P90+59)/60
		if low >= high {
			dst = append(append(dst, w.about...), ' ')
		} else {
			dst = w.appendTo(strconv.AppendInt(dst, int64(low), 10))
		}
		return appendUnit(strconv.AppendInt(dst, int64(high), 10), high, w.minute, w.minutes)
	case q.P50 <= 45*60:
		low = max(q.P50+59, 60) / 60
		dst = appendUnit(strconv.AppendInt(dst, int64(low), 10), low, w.minute, w.minutes)
		dst = appendHalves(w.appendTo(dst), high)
	case low == high:
		dst = appendHalves(append(append(dst, w.about...), ' '), high)
	default:
		dst = appendHalves(w.appendTo(appendHalves(dst, low)), high)
	}
	return appendUnit(dst, high, w.hour, w.hours)
}

// appendSure says how much an estimate can be relied on.
func (w *words) appendSure(dst []byte, q *Queue) []byte {
	switch {
	case !q.Estimated || q.P90 <= 60:
		return dst
	case q.P90 <= q.P50+q.P50/4:
		return append(dst, w.sure...)
	case q.P90 <= 2*q.P50:
		return append(dst, w.fairlySure...)
	}
	return append(dst, w.unsure...)
}

// appendSpan says how long it is until something, in words.
func (w *words) appendSpan(dst []byte, seconds int) []byte {
	minutes := (seconds + 59) / 60
	days, hours := minutes/(24*60), minutes/60%24
	minutes %= 60
	switch {
	case seconds < 60:
		return append(dst, w.lessThanAMinute...)
	case days > 0:
		dst = appendUnit(strconv.AppendInt(dst, int64(days), 10), days, w.day, w.days)
		return w.appendMore(dst, hours, w.hour, w.hours)
	case hours > 0:
		dst = appendUnit(strconv.AppendInt(dst, int64(hours), 10), hours, w.hour, w.hours)
		return w.appendMore(dst, minutes, w.minute, w.minutes)
	}
	return appendUnit(strconv.AppendInt(dst, int64(minutes), 10), minutes, w.minute, w.minutes)
}

func (w *words) appendMore(dst []byte, n int, one, many string) []byte {
	if n == 0 {
		return dst
	}
	return appendUnit(strconv.AppendInt(append(dst, ' '), int64(n), 10), n, one, many)
}

func (w *words) appendTo(dst []byte) []byte {
	return append(append(append(dst, ' '), w.to...), ' ')
}

func appendUnit(dst []byte, n int, one, many string) []byte {
	if n == 1 {
		many = one
	}
	return append(append(dst, ' '), many...)
}

// halfHours rounds seconds up.
func halfHours(seconds int) int { return (seconds + 1799) / 1800 }

func appendHalves(dst []byte, halves int) []byte {
	dst = strconv.AppendInt(dst, int64(halves/2), 10)
	if halves%2 == 1 {
		dst = append(dst, "½"...)
	}
	return dst
}
