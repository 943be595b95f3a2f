package schema

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// IsWhole says whether a JSON number is written as an integer.
func IsWhole(n json.Number) bool {
	if strings.ContainsAny(string(n), ".eE") {
		return false
	}
	_, err := strconv.ParseInt(string(n), 10, 64)
	if err != nil {
		_, err = strconv.ParseUint(string(n), 10, 64)
	}
	return err == nil
}

// Whole is the integer value of a JSON number; numbers beyond int64 wrap.
func Whole(n json.Number) int64 {
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(string(n), 10, 64); err == nil {
		return int64(u)
	}
	f, _ := strconv.ParseFloat(string(n), 64)
	return int64(f)
}

// Fraction is the value of a JSON number in the precision that is indexed.
func Fraction(n json.Number) float32 {
	f, _ := strconv.ParseFloat(string(n), 64)
	return float32(f)
}

// FloatText is how a float becomes a string: at most six significant digits,
// as C++ streams print it.
func FloatText(f float32) string {
	s := strconv.FormatFloat(float64(f), 'g', 6, 64)
	if strings.Contains(s, ".") && !strings.Contains(s, "e") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// FloatOrder maps a float to an integer so that their orders agree.
func FloatOrder(f float32) int64 {
	i := int32(math.Float32bits(f))
	if i < 0 {
		i ^= math.MaxInt32
	}
	return int64(i)
}

// OrderFloat undoes FloatOrder.
func OrderFloat(n int64) float32 {
	i := int32(n)
	if i < 0 {
		i ^= math.MaxInt32
	}
	return math.Float32frombits(uint32(i))
}

// IsInt says whether s is written as a whole number: digits after an optional
// sign.
func IsInt(s string) bool {
	d := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	if d == "" || len(s)-len(d) > 1 {
		return false
	}
	for i := 0; i < len(d); i++ {
		if d[i] < '0' || d[i] > '9' {
			return false
		}
	}
	return true
}

// IsInt32 says whether s is a whole number that fits 32 bits.
func IsInt32(s string) bool {
	_, err := strconv.ParseInt(strings.TrimPrefix(s, "+"), 10, 32)
	return err == nil && IsInt(s)
}

// IsInt64 says whether s is a whole number that fits 64 bits.
func IsInt64(s string) bool {
	_, err := strconv.ParseInt(strings.TrimPrefix(s, "+"), 10, 64)
	return err == nil && IsInt(s)
}

// IsFloat says whether s is a decimal number without an exponent.
func IsFloat(s string) bool {
	d := s
	if d != "" && (d[0] == '-' || d[0] == '+') {
		d = d[1:]
	}
	point := false
	for i := 0; i < len(d); i++ {
		switch {
		case d[i] == '.' && !point:
			point = true
		case d[i] < '0' || d[i] > '9':
			return false
		}
	}
	return d != ""
}
