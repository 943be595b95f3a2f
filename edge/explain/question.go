package explain

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/staffpass"
	"github.com/stagedoor/stagedoor/edge/wire"
)

// Question is a request that might be made.
type Question struct {
	URL    string
	Method string // "": GET
	// As is who asks: "" or "anonymous", "staff:NAME", "crawler", "api-key"
	// (one that the site knows) or "api-key:VALUE".
	As string
	// At is when. It must be set.
	At time.Time
	// IP is the visitor's address; "" is DefaultIP.
	IP string
	// Network is where that is, as Cloudflare knows it; zero is unknown.
	Network chain.Network
	// Header adds to what such a visitor sends, or replaces it. Values of one
	// name are joined.
	Header http.Header
	// Bare leaves out what such a visitor sends: only Header is sent.
	Bare bool
	// DownPools and FailedPools are origin pools, comma-separated, that others
	// could not reach of late and that this request was sent to in vain.
	DownPools, FailedPools string
}

// DefaultIP is an address that belongs to nobody (RFC 5737).
const DefaultIP = "203.0.113.7"

// Who asks.
const (
	Anonymous = "anonymous"
	Staff     = "staff"
	Crawler   = "crawler"
	APIKey    = "api-key"
)

const browserAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

// ownKey is the API key of an api-key visitor without a value. No site knows
// it; known adds it to this explanation's copy of the document.
const ownKey = "explain: a key that no site knows"

// who takes As apart.
func (q Question) who() (kind, value string) {
	kind, value, _ = strings.Cut(q.As, ":")
	if kind == "" {
		kind = Anonymous
	}
	return kind, value
}

// fields are the headers of the visitor.
func (q Question) fields(key []byte) (http.Header, error) {
	h := http.Header{}
	if q.Bare {
		return q.Header, nil
	}
	h.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	h.Set("Accept-Language", "en-GB,en;q=0.9")
	h.Set("User-Agent", browserAgent)
	kind, value := q.who()
	switch {
	case kind == Anonymous && value == "":
	case kind == Crawler && value == "":
		h.Del("Accept-Language")
		h.Set("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
	case kind == APIKey:
		h.Del("Accept-Language")
		h.Set("Accept", "application/json")
		h.Set("User-Agent", "stagedoor-explain")
		if value == "" {
			value = ownKey
		}
		h.Set("X-Api-Key", value)
	case kind == Staff && value != "":
		pass := staffpass.Pass{Name: value, Sites: []string{staffpass.Every}, Expires: q.At.Add(time.Hour)}
		cookie, err := staffpass.Cookie(key, pass, true)
		if err != nil {
			return nil, QuestionError{"as", "a staff name is 1 to 100 bytes without control characters"}
		}
		h.Set("Cookie", cookie.Name+"="+cookie.Value)
	default:
		return nil, QuestionError{"as", fmt.Sprintf("%q is nobody: it is anonymous, staff:NAME, crawler, api-key or api-key:VALUE", q.As)}
	}
	for name, values := range q.Header {
		name = http.CanonicalHeaderKey(name)
		joint := ", "
		if name == "Cookie" {
			joint = "; "
			values = append(h.Values(name), values...)
		}
		h.Set(name, strings.Join(values, joint))
	}
	return h, nil
}

// request is the question in wire form.
func (q Question) request(key []byte) ([]byte, error) {
	if q.At.IsZero() {
		return nil, QuestionError{"at", "the moment is missing"}
	}
	h, err := q.fields(key)
	if err != nil {
		return nil, err
	}
	r := chain.Request{Method: strings.ToUpper(q.Method), RemoteIP: q.IP, Network: q.Network, DownPools: q.DownPools, FailedPools: q.FailedPools}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if r.RemoteIP == "" {
		r.RemoteIP = DefaultIP
	}
	if _, err := netip.ParseAddr(r.RemoteIP); err != nil {
		return nil, QuestionError{"ip", fmt.Sprintf("%q is not an IP address", q.IP)}
	}
	if c := r.Network.Country; c != "" && (len(c) != 2 || strings.ToUpper(c) != c) {
		return nil, QuestionError{"country", fmt.Sprintf("%q is not a country: two capital letters, such as GB", c)}
	}
	if kind, _ := q.who(); kind == Crawler {
		r.Network.VerifiedBot = true
	}
	for name, values := range h {
		r.Fields = append(r.Fields, chain.Field{Name: strings.ToLower(name), Value: strings.Join(values, ", ")})
	}
	for _, text := range []string{r.Method, q.URL, r.Network.Region, r.DownPools, r.FailedPools} {
		if strings.ContainsAny(text, "\r\n") {
			return nil, QuestionError{"question", "it holds a line break"}
		}
	}
	for _, f := range r.Fields {
		if strings.ContainsAny(f.Name+f.Value, "\r\n") || strings.ContainsAny(f.Name, ": ") {
			return nil, QuestionError{"header", fmt.Sprintf("%q is not a header", f.Name)}
		}
	}
	return wire.AppendRequest(nil, &r, q.URL), nil
}

// known makes a document in which an api-key visitor's key is known, if the
// site knows any.
func (q Question) known(document []byte, a *Answer) []byte {
	if kind, value := q.who(); kind != APIKey || value != "" {
		return document
	}
	var all map[string]json.RawMessage
	var bots map[string]json.RawMessage
	var keys []string
	if json.Unmarshal(document, &all) != nil || json.Unmarshal(all["bots"], &bots) != nil || json.Unmarshal(bots["client_keys"], &keys) != nil || len(keys) == 0 {
		a.note("This site knows no API key, so the visitor is one whose key is unknown.")
		return document
	}
	sum := sha256.Sum256([]byte(ownKey))
	bots["client_keys"], _ = json.Marshal(append(keys, hex.EncodeToString(sum[:]))) // strings always marshal
	all["bots"], _ = json.Marshal(bots)
	changed, err := json.Marshal(all)
	if err != nil {
		return document
	}
	return changed
}

// echo is the question as the answer repeats it.
func (q Question) echo() Asked {
	kind, _ := q.who()
	as := kind
	if kind == Staff {
		as = q.As // a name, no secret; an API key is one
	}
	asked := Asked{URL: q.URL, Method: strings.ToUpper(q.Method), As: as, At: q.At.UTC(), IP: q.IP, Country: q.Network.Country}
	if asked.Method == "" {
		asked.Method = http.MethodGet
	}
	if asked.IP == "" {
		asked.IP = DefaultIP
	}
	return asked
}
