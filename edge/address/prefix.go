package address

import (
	"errors"
	"strconv"
	"strings"
)

// Prefix is the addresses of one family from first to last.
type Prefix struct{ first, last IP }

// Faults of a prefix, as a sentence ends.
var (
	errNotPrefix  = errors.New("must be an address or a prefix, such as 192.0.2.0/24 or 2001:db8::/32")
	errHostBits   = errors.New("has bits set beyond its length: it must be the first address of the network")
	errMappedWide = errors.New("is IPv4-mapped and shorter than /96: write the IPv4 prefix instead")
)

// ParsePrefix reads CIDR notation; an address without a length stands for
// itself. An IPv4-mapped IPv6 prefix is the IPv4 prefix it stands for. An IPv6
// prefix holds no IPv4 address, ::/0 either.
func ParsePrefix(s string) (Prefix, error) {
	text, length, hasLength := strings.Cut(s, "/")
	ip, ok := ParseIP(text)
	if !ok {
		return Prefix{}, errNotPrefix
	}
	written, bits := 128, 128 // as it is written, and of a 128-bit address
	if strings.IndexByte(text, ':') < 0 {
		written = 32
	}
	if hasLength {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > written || strconv.Itoa(n) != length {
			return Prefix{}, errNotPrefix
		}
		bits = n + 128 - written
	}
	if ip.Is4() && bits < 96 {
		return Prefix{}, errMappedWide
	}
	hi, lo := mask(bits)
	if ip.Is4() {
		lo &= 1<<32 - 1
		hi = 0
	}
	if ip.hi&hi != 0 || ip.lo&lo != 0 {
		return Prefix{}, errHostBits
	}
	return Prefix{ip, IP{ip.hi | hi, ip.lo | lo, ip.family}}, nil
}

// mask is the bits of an address beyond a prefix of this length.
func mask(bits int) (hi, lo uint64) {
	if bits >= 64 {
		return 0, ^uint64(0) >> (bits - 64) // a shift by 64 is 0
	}
	return ^uint64(0) >> bits, ^uint64(0)
}

// PrefixSet is a set of prefixes in which an address is found in as many steps
// as the number of prefixes has binary digits.
type PrefixSet struct{ ranges []Prefix } // sorted, with gaps between

// NewPrefixSet makes one. Prefixes may overlap.
func NewPrefixSet(prefixes []Prefix) PrefixSet {
	sorted := append([]Prefix(nil), prefixes...)
	sortByFirst(sorted)
	merged := sorted[:0]
	for _, p := range sorted {
		if n := len(merged); n > 0 && p.first.compare(merged[n-1].last) <= 0 {
			if merged[n-1].last.compare(p.last) < 0 {
				merged[n-1].last = p.last
			}
			continue
		}
		merged = append(merged, p)
	}
	return PrefixSet{merged}
}

// sortByFirst is heapsort: each sort of package slices would take 10 KB of the
// Wasm module.
func sortByFirst(p []Prefix) {
	for root := len(p)/2 - 1; root >= 0; root-- {
		sink(p, root)
	}
	for n := len(p) - 1; n > 0; n-- {
		p[0], p[n] = p[n], p[0]
		sink(p[:n], 0)
	}
}

// sink moves an element of a heap down to where it belongs.
func sink(heap []Prefix, at int) {
	for {
		child := 2*at + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && heap[child].first.compare(heap[child+1].first) < 0 {
			child++
		}
		if heap[at].first.compare(heap[child].first) >= 0 {
			return
		}
		heap[at], heap[child] = heap[child], heap[at]
		at = child
	}
}

// IsEmpty says whether the set holds no address.
func (s PrefixSet) IsEmpty() bool { return len(s.ranges) == 0 }

// Contains says whether one of the prefixes holds the address.
func (s PrefixSet) Contains(ip IP) bool {
	low, high := 0, len(s.ranges)
	for low < high { // the first range that ends at ip or later
		if middle := int(uint(low+high) >> 1); s.ranges[middle].last.compare(ip) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(s.ranges) && s.ranges[low].first.compare(ip) <= 0
}

// compare orders IPv4 before IPv6, and each by value.
func (ip IP) compare(other IP) int {
	switch {
	case ip.family != other.family:
		return int(ip.family) - int(other.family)
	case ip.hi != other.hi:
		return order(ip.hi, other.hi)
	default:
		return order(ip.lo, other.lo)
	}
}

func order(a, b uint64) int {
	if a < b {
		return -1
	} else if a > b {
		return 1
	}
	return 0
}
