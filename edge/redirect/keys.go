package redirect

import "strings"

// keyIs says whether a rule's path is want. Its block is walked from the
// beginning, and what want has in common with each path is known from what it
// has with the one before: nothing is put together.
func (x *Index) keyIs(ordinal int, want string) bool {
	at := x.blockAt(ordinal)
	matched := 0 // bytes that want has in common with the path at hand
	for i := ordinal &^ (blockKeys - 1); ; i++ {
		shared, length, rest := x.keyHead(at)
		if shared <= matched {
			matched = shared + inCommon(x.view(rest, length), want[shared:])
			if i == ordinal {
				return matched == len(want) && shared+length == len(want)
			}
		} else if i == ordinal {
			return false
		}
		at = rest + length
	}
}

// appendKey appends a rule's path.
func (x *Index) appendKey(dst []byte, ordinal int) []byte {
	start := len(dst)
	at := x.blockAt(ordinal)
	for i := ordinal &^ (blockKeys - 1); i <= ordinal; i++ {
		shared, length, rest := x.keyHead(at)
		dst = append(dst[:start+min(shared, len(dst)-start)], x.view(rest, length)...)
		at = rest + length
	}
	return dst
}

func (x *Index) blockAt(ordinal int) int {
	return x.at[keySection] + int(x.u32(x.at[blockSection]+4*(ordinal/blockKeys)))
}

func (x *Index) keyHead(at int) (shared, length, rest int) {
	shared, at = x.uvarint(at)
	length, at = x.uvarint(at)
	if length > len(x.b)-at {
		length = 0
	}
	return shared, length, at
}

// inCommon is how many bytes a and b begin with alike.
func inCommon(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// hostName is the hostname with a number, "" for 0.
func (x *Index) hostName(host uint16) string {
	if host == 0 {
		return ""
	}
	return x.text(int(x.u32(x.at[hostSection] + 4*(int(host)-1))))
}

// hostNumber finds a hostname; 0 if no rule names it. dotted asks for the
// entry that includes subdomains, which begins with a dot.
func (x *Index) hostNumber(hostname string, dotted bool) uint16 {
	low, high := 1, x.hosts
	for low <= high {
		middle := (low + high) / 2
		switch c := compareHost(x.hostName(uint16(middle)), hostname, dotted); {
		case c == 0:
			return uint16(middle)
		case c < 0:
			low = middle + 1
		default:
			high = middle - 1
		}
	}
	return 0
}

func compareHost(entry, hostname string, dotted bool) int {
	if dotted {
		if entry == "" || entry[0] != '.' {
			return strings.Compare(entry, ".")
		}
		entry = entry[1:]
	}
	return strings.Compare(entry, hostname)
}
