package limit

import (
	"strconv"
	"strings"
)

// Kinds of clients, as a Group and a name have them.
const (
	Address = '4' // an IPv4 address
	Network = '6' // the first 64 bits of an IPv6 address
	Key     = 'k' // an API key
)

// Group is the first half of a Client: clients of one kind, on one site,
// asking for one class of routes.
func Group(class, siteID string, kind byte) uint64 {
	h := uint64(14695981039346656037) // FNV-1a, 64 bits
	for _, s := range [...]string{class, siteID} {
		for i := 0; i < len(s); i++ {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
		h = (h ^ ' ') * 1099511628211
	}
	return (h ^ uint64(kind)) * 1099511628211
}

// AppendName appends what the counter shared by all isolates is called for a
// client: class, site, kind and ID, and the period in seconds, with a space
// between.
func AppendName(dst []byte, class, siteID string, kind byte, id uint64, period int) []byte {
	dst = append(append(dst, class...), ' ')
	dst = append(append(dst, siteID...), ' ')
	dst = append(dst, kind)
	dst = append(strconv.AppendUint(dst, id, 16), ' ')
	return strconv.AppendInt(dst, int64(period), 10)
}

// ParseName reads a name back.
func ParseName(name string) (who Client, period int, ok bool) {
	class, rest, _ := strings.Cut(name, " ")
	siteID, rest, _ := strings.Cut(rest, " ")
	client, last, _ := strings.Cut(rest, " ")
	if class == "" || siteID == "" || len(client) < 2 {
		return Client{}, 0, false
	}
	id, err := strconv.ParseUint(client[1:], 16, 64)
	if err != nil {
		return Client{}, 0, false
	}
	period, err = strconv.Atoi(last)
	if err != nil || period < 1 {
		return Client{}, 0, false
	}
	return Client{Group(class, siteID, client[0]), id}, period, true
}
