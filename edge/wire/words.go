package wire

import (
	"encoding/binary"
	"math/bits"
)

// Bytes are looked at eight at a time, as one number, where all of a request
// or of a plan goes by. The arithmetic is that of Anderson's Bit Twiddling
// Hacks ("Determine if a word has a zero byte", "... a byte less than n").
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// anyControl says whether one of eight bytes is below a space.
func anyControl(word uint64) bool { return (word-ones*' ')&^word&highs != 0 }

// lineEnd is where the first line feed is, -1 where there is none.
func lineEnd(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		word := binary.LittleEndian.Uint64(b[i:]) ^ ones*'\n'
		// The lowest bit that is set is that of the first zero byte; a borrow
		// can only set others above it.
		if found := (word - ones) &^ word & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '\n' {
			return i
		}
	}
	return -1
}
