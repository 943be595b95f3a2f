package plainjson

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendString appends s as a JSON string, safe within HTML too. Invalid UTF-8
// becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	plain := 0 // where what needs nothing begins: nearly all of it
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf && asItIs[b/64]&(1<<(b%64)) != 0 {
			i++
			continue
		}
		dst = append(dst, s[plain:i]...)
		r, size := utf8.DecodeRuneInString(s[i:])
		dst = appendRune(dst, r)
		i += size
		plain = i
	}
	return append(append(dst, s[plain:]...), '"')
}

// asItIs has a bit for each ASCII character that stands for itself.
var asItIs = [2]uint64{
	(1<<64 - 1<<' ') &^ (1<<'"' | 1<<'<' | 1<<'>' | 1<<'&'),
	(1<<64 - 1) &^ (1 << ('\\' - 64)),
}

func appendRune(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	switch {
	case r == '"' || r == '\\':
		return append(dst, '\\', byte(r))
	case r == '\n':
		return append(dst, '\\', 'n')
	case r < ' ' || r == '<' || r == '>' || r == '&':
		return append(dst, '\\', 'u', '0', '0', digits[r>>4&15], digits[r&15])
	}
	return utf8.AppendRune(dst, r)
}

// Object appends the fields of one JSON object after each other.
type Object struct {
	Text  []byte
	begun bool
}

// NewObject begins one behind dst; Close ends it.
func NewObject(dst []byte) *Object { return &Object{Text: append(dst, '{')} }

// Close returns what was appended.
func (o *Object) Close() []byte { return append(o.Text, '}') }

// Key appends a key, which needs no escaping; its value is to be appended to
// Text.
func (o *Object) Key(key string) {
	if o.begun {
		o.Text = append(o.Text, ',')
	}
	o.begun = true
	o.Text = append(o.Text, '"')
	o.Text = append(o.Text, key...)
	o.Text = append(o.Text, '"', ':')
}

// String, Integer, Unsigned, Decimal, Boolean and Instant append a field.
func (o *Object) String(key, value string) {
	o.Key(key)
	o.Text = AppendString(o.Text, value)
}

func (o *Object) Integer(key string, value int) {
	o.Key(key)
	o.Text = strconv.AppendInt(o.Text, int64(value), 10)
}

func (o *Object) Unsigned(key string, value uint64) {
	o.Key(key)
	o.Text = strconv.AppendUint(o.Text, value, 10)
}

func (o *Object) Decimal(key string, value float64) {
	o.Key(key)
	o.Text = AppendDecimal(o.Text, value)
}

func (o *Object) Boolean(key string, value bool) {
	o.Key(key)
	o.Text = strconv.AppendBool(o.Text, value)
}

func (o *Object) Instant(key string, t time.Time) {
	o.Key(key)
	o.Text = append(o.Text, '"')
	o.Text = append(AppendInstant(o.Text, t), '"')
}

// AppendDecimal appends a number with three decimals at most, 0 for one that
// is none.
func AppendDecimal(dst []byte, value float64) []byte { return AppendFixed(dst, value, 3) }

// AppendFixed appends a number with so many decimals at most.
func AppendFixed(dst []byte, value float64, decimals int) []byte {
	unit := int64(1)
	for range decimals {
		unit *= 10
	}
	value *= float64(unit)
	if !(math.Abs(value) < 1e15) {
		value = 0
	}
	n := int64(math.Round(value))
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = strconv.AppendInt(dst, n/unit, 10)
	rest := n % unit
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit /= 10; rest > 0; unit /= 10 {
		dst = append(dst, byte('0'+rest/unit))
		rest %= unit
	}
	return dst
}

// Decimal reads a number without an exponent, as AppendFixed writes them. More
// decimals than a number has digits are passed over.
func (r *Reader) Decimal() float64 {
	var n, unit float64 = 0, 1
	negative, behind := false, false
	for _, c := range []byte(r.Number()) {
		switch {
		case c == '-':
			negative = true
		case c == '.':
			behind = true
		case c < '0' || c > '9':
			r.Fail()
			return 0
		case behind && unit >= 1e6:
		default:
			n = n*10 + float64(c-'0')
			if behind {
				unit *= 10
			}
		}
	}
	if negative {
		return -n / unit
	}
	return n / unit
}

// Long reads a whole number of 64 bits.
func (r *Reader) Long() int64 {
	n, err := strconv.ParseInt(r.Number(), 10, 64)
	if err != nil {
		r.Fail()
	}
	return n
}

// Seconds reads Unix seconds.
func (r *Reader) Seconds() uint32 {
	n, err := strconv.ParseUint(r.Number(), 10, 32)
	if err != nil {
		r.Fail()
	}
	return uint32(n)
}

// AppendInstant appends a time in RFC 3339, in UTC, in milliseconds.
func AppendInstant(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = appendDigits(dst, year, 4)
	dst = appendDigits(append(dst, '-'), int(month), 2)
	dst = appendDigits(append(dst, '-'), day, 2)
	dst = appendDigits(append(dst, 'T'), hour, 2)
	dst = appendDigits(append(dst, ':'), minute, 2)
	dst = appendDigits(append(dst, ':'), second, 2)
	if ms := t.Nanosecond() / 1_000_000; ms > 0 {
		dst = appendDigits(append(dst, '.'), ms, 3)
	}
	return append(dst, 'Z')
}

func appendDigits(dst []byte, n, width int) []byte {
	unit := 1
	for range width - 1 {
		unit *= 10
	}
	for ; unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+n/unit%10))
	}
	return dst
}
