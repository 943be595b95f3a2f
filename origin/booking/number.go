package booking

import (
	"fmt"
	"io"
	"strings"
)

// numberAlphabet has no characters that are mistaken for one another when read out or copied (0 O, 1 I L, 5 S, 8 B,
// 2 Z ...) and no vowels, so that no number spells a word.
const numberAlphabet = "34679CDFGHJKMNPQRTVWXY"

// numberLength gives 22^7, some 2.5 thousand million, numbers a brand.
const numberLength = 7

// newNumber makes up an order number from random bytes: "LYC-7K4QPWR". It may be taken, if hardly ever.
func newNumber(random io.Reader, brandID string) (string, error) {
	var number strings.Builder
	number.WriteString(brandPrefix(brandID))
	number.WriteByte('-')
	// Bytes at or above limit are thrown away: every character is equally likely.
	const limit = 256 - 256%len(numberAlphabet)
	for digits := 0; digits < numberLength; {
		var b [1]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("booking: order number: %w", err)
		}
		if int(b[0]) < limit {
			number.WriteByte(numberAlphabet[int(b[0])%len(numberAlphabet)])
			digits++
		}
	}
	return number.String(), nil
}

// brandPrefix is the first three letters or digits of a brand's ID, in upper case: it tells staff whose order it is.
func brandPrefix(brandID string) string {
	var prefix strings.Builder
	for _, r := range strings.ToUpper(brandID) {
		if (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9') {
			prefix.WriteRune(r)
		}
		if prefix.Len() == 3 {
			break
		}
	}
	return prefix.String()
}

// NormaliseNumber writes an order number as it is stored, whatever a person made of its case and spaces.
func NormaliseNumber(number string) string {
	return strings.ToUpper(strings.Join(strings.Fields(number), ""))
}
