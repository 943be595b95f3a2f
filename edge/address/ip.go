package address

import "strings"

// IP is an IPv4 or IPv6 address. An IPv4-mapped IPv6 address (RFC 4291,
// section 2.5.5.2) is the IPv4 address it stands for. The zero IP is none.
//
// It takes the place of net/netip, which keeps zones with package unique and
// its weak pointers: nothing that the Wasm module needs to carry.
type IP struct {
	hi, lo uint64
	family uint8
}

const (
	familyNone = iota
	family4    // lo holds it
	family6
)

// Is4 says whether ip is an IPv4 address.
func (ip IP) Is4() bool { return ip.family == family4 }

// IsValid says whether ip is an address at all.
func (ip IP) IsValid() bool { return ip.family != familyNone }

// Network is what of an address tells clients apart: the whole IPv4 address,
// or the first 64 bits of an IPv6 address, which is what one line or phone is
// given and may move about in.
func (ip IP) Network() uint64 {
	if ip.family == family4 {
		return ip.lo
	}
	return ip.hi
}

// ParseIP reads an address as clients' addresses are written: dotted decimal,
// or RFC 4291 section 2.2 without a zone.
func ParseIP(s string) (ip IP, ok bool) {
	if strings.IndexByte(s, ':') < 0 {
		v, ok := parse4(s)
		if !ok {
			return IP{}, false
		}
		return IP{lo: uint64(v), family: family4}, true
	}
	return parse6(s)
}

// parse4 takes four numbers without leading zeros, which some read as octal.
func parse4(s string) (v uint32, ok bool) {
	for part := 0; part < 4; part++ {
		if part > 0 {
			if s == "" || s[0] != '.' {
				return 0, false
			}
			s = s[1:]
		}
		n, digits := uint32(0), 0
		for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
			n = n*10 + uint32(s[digits]-'0')
			if digits++; digits > 3 {
				return 0, false
			}
		}
		if digits == 0 || n > 255 || digits > 1 && s[0] == '0' {
			return 0, false
		}
		v, s = v<<8|n, s[digits:]
	}
	return v, s == ""
}

func parse6(s string) (ip IP, ok bool) {
	var groups [8]uint16
	n, gap := 0, -1 // groups read, and where "::" stood
	if strings.HasPrefix(s, "::") {
		gap, s = 0, s[2:]
	}
	for s != "" {
		if n == 8 {
			return IP{}, false
		}
		digits := 0
		for digits < len(s) && isHex(s[digits]) {
			digits++
		}
		if digits < len(s) && s[digits] == '.' { // the last 32 bits in dotted decimal
			v, ok := parse4(s)
			if !ok || n > 6 {
				return IP{}, false
			}
			groups[n], groups[n+1] = uint16(v>>16), uint16(v)
			n, s = n+2, ""
			break
		}
		if digits == 0 || digits > 4 {
			return IP{}, false
		}
		for i := 0; i < digits; i++ {
			groups[n] = groups[n]<<4 | uint16(unhex(s[i]))
		}
		n, s = n+1, s[digits:]
		if s == "" {
			break
		}
		if s[0] != ':' || len(s) == 1 {
			return IP{}, false
		}
		if s = s[1:]; s[0] == ':' {
			if gap >= 0 {
				return IP{}, false
			}
			gap, s = n, s[1:]
		}
	}
	if (gap < 0) != (n == 8) {
		return IP{}, false
	}
	if gap >= 0 {
		moved := n - gap
		for i := 1; i <= moved; i++ {
			groups[8-i] = groups[n-i]
		}
		for i := gap; i < 8-moved; i++ {
			groups[i] = 0
		}
	}
	for i := range 4 {
		ip.hi = ip.hi<<16 | uint64(groups[i])
		ip.lo = ip.lo<<16 | uint64(groups[4+i])
	}
	ip.family = family6
	if ip.hi == 0 && ip.lo>>32 == 0xffff {
		return IP{lo: ip.lo & 0xffffffff, family: family4}, true
	}
	return ip, true
}
