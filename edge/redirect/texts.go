package redirect

import (
	"encoding/binary"
	"math"
)

// textPool is the texts section while it is written. Equal texts are kept once.
type textPool struct {
	bytes []byte
	at    map[string]uint32
}

func (p *textPool) add(text string) uint32 {
	if at, ok := p.at[text]; ok {
		return at
	}
	at := uint32(len(p.bytes))
	p.bytes = binary.AppendUvarint(p.bytes, uint64(len(text)))
	p.bytes = append(p.bytes, text...)
	p.at[text] = at
	return at
}

// extra adds a rule's ID and, if it has any, its times.
func (p *textPool) extra(e *entry) uint32 {
	at := uint32(len(p.bytes))
	flags, length := uint64(0), len(e.id)
	uuid, isUUID := parseUUID(e.id)
	if isUUID {
		flags, length = extraUUID, len(uuid)
	}
	timed := e.starts != math.MinInt64 || e.ends != math.MaxInt64
	if timed {
		flags |= extraTimes
	}
	p.bytes = binary.AppendUvarint(p.bytes, uint64(length)<<extraShift|flags)
	if isUUID {
		p.bytes = append(p.bytes, uuid[:]...)
	} else {
		p.bytes = append(p.bytes, e.id...)
	}
	if timed {
		p.bytes = binary.LittleEndian.AppendUint64(p.bytes, uint64(e.starts))
		p.bytes = binary.LittleEndian.AppendUint64(p.bytes, uint64(e.ends))
	}
	return at
}

const hexDigits = "0123456789abcdef"

// parseUUID reads the one form that appendUUID writes.
func parseUUID(id string) (uuid [16]byte, ok bool) {
	if len(id) != 36 {
		return uuid, false
	}
	n := 0
	for i := 0; i < len(id); i++ {
		c := id[i]
		var digit byte
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return uuid, false
			}
			continue
		case c >= '0' && c <= '9':
			digit = c - '0'
		case c >= 'a' && c <= 'f':
			digit = c - 'a' + 10
		default:
			return uuid, false
		}
		uuid[n/2] = uuid[n/2]<<4 | digit
		n++
	}
	return uuid, true
}

func appendUUID(dst, uuid []byte) []byte {
	for i, c := range uuid {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}
