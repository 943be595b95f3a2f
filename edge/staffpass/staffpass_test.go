package staffpass_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/staffpass"
	"pgregory.net/rapid"
)

var (
	key = []byte("0123456789abcdef0123456789abcdef")
	now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
)

// sign makes a pass of any payload, as the package comment describes it.
func sign(key, payload []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(append([]byte("staff-pass."), payload...))
	return base64.RawURLEncoding.EncodeToString(payload) + "." + hex.EncodeToString(mac.Sum(nil)[:16])
}

func verifier(t testing.TB) *staffpass.Verifier {
	t.Helper()
	v, err := staffpass.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPass(t *testing.T) {
	v := verifier(t)
	other := []byte("another key of enough bytes")
	flip := func(at int) func(string) string {
		return func(v string) string {
			b := []byte(v)
			if at < 0 {
				at += len(b)
			}
			b[at] ^= 1
			return string(b)
		}
	}
	tests := []struct {
		name   string
		key    []byte
		who    string
		sites  string // "": lyceum
		life   time.Duration
		change func(value string) string
		want   staffpass.Refusal
	}{
		{name: "good", life: time.Hour},
		{name: "last second", life: time.Second},
		{name: "longest life", life: staffpass.MaxLife * time.Second},
		{name: "longest life by a clock that is ahead", life: staffpass.MaxLife*time.Second + time.Minute},
		{name: "every site", sites: "*", life: time.Hour},
		{name: "one of several sites", sites: "apollo,lyceum,shubert", life: time.Hour},
		{name: "name in other letters", who: "Zoë 東京", life: time.Hour},
		{name: "longest name", who: strings.Repeat("n", staffpass.MaxName), life: time.Hour},
		{name: "just expired", life: 0, want: staffpass.Expired},
		{name: "long expired", life: -time.Hour * 1000, want: staffpass.Expired},
		{name: "too long a life", life: staffpass.MaxLife*time.Second + 61*time.Second, want: staffpass.TooLong},
		{name: "another site", sites: "apollo", life: time.Hour, want: staffpass.WrongSite},
		{name: "a site whose name begins alike", sites: "lyceum-2,old-lyceum", life: time.Hour, want: staffpass.WrongSite},
		{name: "another key", key: other, life: time.Hour, want: staffpass.Forged},
		{name: "another key and expired", key: other, life: -time.Hour, want: staffpass.Forged},
		{name: "signature changed", life: time.Hour, change: flip(-1), want: staffpass.Forged},
		{name: "payload changed", life: time.Hour, change: flip(0), want: staffpass.Forged},
		{name: "signature in capitals", life: time.Hour, change: func(v string) string {
			payload, mac, _ := strings.Cut(v, ".")
			return payload + "." + strings.ToUpper(mac)
		}, want: staffpass.Forged},
		{name: "signature cut", life: time.Hour, change: func(v string) string { return v[:len(v)-1] }, want: staffpass.Malformed},
		{name: "signature longer", life: time.Hour, change: func(v string) string { return v + "0" }, want: staffpass.Malformed},
		{name: "no signature", life: time.Hour, change: func(v string) string { return strings.Split(v, ".")[0] }, want: staffpass.Malformed},
		{name: "empty", life: time.Hour, change: func(string) string { return "" }, want: staffpass.Malformed},
		{name: "only a dot", life: time.Hour, change: func(string) string { return "." }, want: staffpass.Malformed},
		{name: "no payload", life: time.Hour, change: func(v string) string { return v[strings.IndexByte(v, '.'):] }, want: staffpass.Malformed},
		{name: "not base64", life: time.Hour, change: func(v string) string { return "!" + v[1:] }, want: staffpass.Malformed},
		{name: "padded base64", life: time.Hour, change: func(v string) string { return strings.Replace(v, ".", "=.", 1) }, want: staffpass.Malformed},
		{name: "line break in base64", life: time.Hour, change: func(v string) string { return v[:4] + "\n" + v[4:] }, want: staffpass.Malformed},
		{name: "huge", life: time.Hour, change: func(v string) string { return strings.Repeat("A", 5000) + v }, want: staffpass.Malformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := staffpass.Pass{Name: "Box office", Sites: []string{"lyceum"}, Expires: now.Add(test.life)}
			if test.who != "" {
				p.Name = test.who
			}
			if test.sites != "" {
				p.Sites = strings.Split(test.sites, ",")
			}
			if test.key == nil {
				test.key = key
			}
			cookie, err := staffpass.Cookie(test.key, p, true)
			if err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				cookie.Value = test.change(cookie.Value)
			}
			name, why := v.Read(cookie.Value, "lyceum", now.Unix())
			if why != test.want || (name == p.Name) != (why == staffpass.Accepted) || why != staffpass.Accepted && name != "" {
				t.Errorf("Read(%q) = %q, %s, want %s", cookie.Value, name, why, test.want)
			}
		})
	}
}

// What our key signed counts only if it is in order.
func TestSignedPayloads(t *testing.T) {
	v := verifier(t)
	at := now.Unix() + 60
	tests := []struct{ name, payload string }{
		{"no lines", "name"}, {"two lines", "name\nlyceum"}, {"no name", fmt.Sprintf("\nlyceum\n%d", at)},
		{"no expiry", "name\nlyceum\n"}, {"expiry with zeros", fmt.Sprintf("name\nlyceum\n0%d", at)},
		{"expiry with a sign", fmt.Sprintf("name\nlyceum\n+%d", at)}, {"a fourth line", fmt.Sprintf("name\nlyceum\n%d\n1", at)},
		{"expiry beyond all numbers", "name\nlyceum\n99999999999999999999"}, {"control character", fmt.Sprintf("na\tme\nlyceum\n%d", at)},
		{"long name", fmt.Sprintf("%s\nlyceum\n%d", strings.Repeat("n", staffpass.MaxName+1), at)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if name, why := v.Read(sign(key, []byte(test.payload)), "lyceum", now.Unix()); why != staffpass.Malformed || name != "" {
				t.Errorf("%q, %s", name, why)
			}
		})
	}
	if _, why := v.Read(sign(key, fmt.Appendf(nil, "name\n\n%d", at)), "lyceum", now.Unix()); why != staffpass.WrongSite {
		t.Errorf("for no site: %s", why)
	}
	if _, why := v.Read(sign(key, fmt.Appendf(nil, "name\n,,\n%d", at)), "", now.Unix()); why != staffpass.WrongSite {
		t.Errorf("for the site without a name: %s", why)
	}
}

func TestUnfitPasses(t *testing.T) {
	good := staffpass.Pass{Name: "Box office", Sites: []string{"lyceum"}, Expires: now}
	var many []string
	for i := range 400 {
		many = append(many, fmt.Sprintf("theatre-%d", i))
	}
	tests := []struct {
		name   string
		change func(*staffpass.Pass)
	}{
		{"no name", func(p *staffpass.Pass) { p.Name = "" }},
		{"name with a line break", func(p *staffpass.Pass) { p.Name = "a\n*\n9999999999" }},
		{"long name", func(p *staffpass.Pass) { p.Name = strings.Repeat("n", staffpass.MaxName+1) }},
		{"name not UTF-8", func(p *staffpass.Pass) { p.Name = "\xff" }},
		{"no site", func(p *staffpass.Pass) { p.Sites = nil }},
		{"site with a comma", func(p *staffpass.Pass) { p.Sites = []string{"a,b"} }},
		{"site with a line break", func(p *staffpass.Pass) { p.Sites = []string{"a\n1"} }},
		{"every site and one", func(p *staffpass.Pass) { p.Sites = []string{"*", "lyceum"} }},
		{"too many sites", func(p *staffpass.Pass) { p.Sites = many }},
		{"no expiry", func(p *staffpass.Pass) { p.Expires = time.Time{} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := good
			test.change(&p)
			if _, err := staffpass.Cookie(key, p, true); !errors.Is(err, staffpass.ErrUnfit) {
				t.Errorf("error = %v", err)
			}
		})
	}
	if _, err := staffpass.Cookie([]byte("short"), good, true); !errors.Is(err, hop.ErrShortKey) {
		t.Errorf("short key: %v", err)
	}
	if _, err := staffpass.NewVerifier([]byte("short")); !errors.Is(err, hop.ErrShortKey) {
		t.Errorf("short key: %v", err)
	}
}

func TestCookieFits(t *testing.T) {
	p := staffpass.Pass{Name: strings.Repeat("n", staffpass.MaxName), Expires: now.Add(time.Hour)}
	for i := range 40 {
		p.Sites = append(p.Sites, fmt.Sprintf("theatre-%02d-%s", i, strings.Repeat("x", 51)))
	}
	cookie, err := staffpass.Cookie(key, p, true)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(cookie.String()); n > 4096 || !cookie.HttpOnly || !cookie.Secure {
		t.Errorf("%d bytes: %s", n, cookie)
	}
	if name, why := verifier(t).Read(cookie.Value, p.Sites[39], now.Unix()); name != p.Name {
		t.Error(why)
	}
}

func TestReadAllocatesNothing(t *testing.T) {
	v := verifier(t)
	cookie, err := staffpass.Cookie(key, staffpass.Pass{Name: "Box office", Sites: []string{"apollo", "lyceum"}, Expires: now.Add(time.Hour)}, true)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { v.Read(cookie.Value, "lyceum", now.Unix()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Only what the key signed passes, whoever is named, and changing any byte of
// it undoes it.
func TestOnlyItsOwnSpellingPasses(t *testing.T) {
	v := verifier(t)
	rapid.Check(t, func(t *rapid.T) {
		p := staffpass.Pass{
			Name:    rapid.StringMatching(`[A-Za-z é]{1,40}`).Draw(t, "name"),
			Sites:   rapid.SliceOfN(rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,8}`), 1, 4).Draw(t, "sites"),
			Expires: now.Add(time.Duration(rapid.IntRange(1, staffpass.MaxLife).Draw(t, "life")) * time.Second),
		}
		cookie, err := staffpass.Cookie(key, p, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range p.Sites {
			if name, why := v.Read(cookie.Value, id, now.Unix()); name != p.Name {
				t.Fatalf("%s: %s", id, why)
			}
		}
		changed := []byte(cookie.Value)
		at := rapid.IntRange(0, len(changed)-1).Draw(t, "at")
		changed[at] = rapid.Byte().Filter(func(b byte) bool { return b != changed[at] }).Draw(t, "byte")
		if name, _ := v.Read(string(changed), p.Sites[0], now.Unix()); name != "" {
			t.Fatalf("%q passes as %s", changed, name)
		}
	})
}

// FuzzRead: no value crashes the Verifier; none passes that the key did not
// sign; and what passes is in order. The payload is also tried signed, so that
// the fuzzer gets behind the signature.
func FuzzRead(f *testing.F) {
	f.Add("bmFtZQ.00000000000000000000000000000000", []byte("name\nlyceum\n1795255260"))
	f.Add("", []byte("name\n*\n1795255260"))
	f.Add("..", []byte("\n\n"))
	v := verifier(f)
	f.Fuzz(func(t *testing.T, value string, payload []byte) {
		if name, why := v.Read(value, "lyceum", now.Unix()); why == staffpass.Accepted {
			decoded, err := base64.RawURLEncoding.DecodeString(strings.Split(value, ".")[0])
			if err != nil || sign(key, decoded) != value {
				t.Fatalf("%q passes as %s", value, name)
			}
		}
		name, why := v.Read(sign(key, payload), "lyceum", now.Unix())
		if why == staffpass.Accepted {
			lines := bytes.Split(payload, []byte("\n"))
			if len(lines) != 3 || string(lines[0]) != name || name == "" || len(name) > staffpass.MaxName || strings.ContainsAny(name, "\r\t\x00\x7f") {
				t.Fatalf("%q passes as %q", payload, name)
			}
		}
	})
}
