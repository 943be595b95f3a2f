package address_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stagedoor/stagedoor/edge/address"
	"pgregory.net/rapid"
)

// same compares with the standard library's reading. A zone is no client's.
func same(t *testing.T, s string) {
	t.Helper()
	want, err := netip.ParseAddr(s)
	valid := err == nil && want.Zone() == ""
	got, ok := address.ParseIP(s)
	if ok != valid {
		t.Fatalf("ParseIP(%q) = %v, want %v", s, ok, valid)
	}
	if !ok {
		return
	}
	want = want.Unmap()
	other, _ := address.ParseIP(want.String())
	bytes := want.As16()
	network := uint64(0)
	for _, b := range bytes[:8] {
		network = network<<8 | uint64(b)
	}
	if want.Is4() {
		network = 0
		for _, b := range bytes[12:] {
			network = network<<8 | uint64(b)
		}
	}
	if got != other || got.Is4() != want.Is4() || got.Network() != network {
		t.Fatalf("ParseIP(%q) = %v, want %s", s, got, want)
	}
}

func TestParseIP(t *testing.T) {
	for _, s := range []string{
		"", "0.0.0.0", "255.255.255.255", "192.0.2.1", "192.0.2.256", "192.0.2", "192.0.2.1.1", "01.2.3.4", "1.2.3.4 ", "0x1.2.3.4", "1..2.3", "3232235777",
		"::", "::1", "1::", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1:2:3:4:5:6:7:8:9",
		"::ffff:192.0.2.1", "::ffff:c000:201", "0:0:0:0:0:ffff:192.0.2.1", "::192.0.2.1", "64:ff9b::192.0.2.1", "::ffff:192.0.2.256", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5",
		":", ":::", "1:::2", "::1::2", ":1", "1:", "12345::", "g::", "fe80::1%eth0", "[::1]", "::ffff:1.2.3", "1:2:3:4:5:6:1.2.3.4",
	} {
		same(t, s)
	}
}

func FuzzParseIP(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7::"} {
		f.Add(s)
	}
	f.Fuzz(same)
}

func TestParsePrefixFaults(t *testing.T) {
	tests := []struct{ name, text string }{
		{"empty", ""}, {"word", "office"}, {"no address", "/24"}, {"no length", "192.0.2.0/"}, {"length too long", "192.0.2.0/33"}, {"IPv6 length too long", "2001:db8::/129"},
		{"negative length", "192.0.2.0/-1"}, {"length with a zero", "192.0.2.0/08"}, {"length with a sign", "192.0.2.0/+8"}, {"two lengths", "192.0.2.0/24/24"},
		{"host bits", "192.0.2.1/24"}, {"IPv6 host bits", "2001:db8::1/32"}, {"IPv6 host bits beyond 64", "2001:db8::1/127"}, {"mapped host bits", "::ffff:192.0.2.1/120"},
		{"wider than mapped", "::ffff:0:0/95"}, {"zone", "fe80::%eth0/10"}, {"range", "192.0.2.0-192.0.2.9"}, {"space", " 192.0.2.0/24"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if p, err := address.ParsePrefix(test.text); err == nil {
				t.Errorf("ParsePrefix(%q) = %v", test.text, p)
			}
		})
	}
}

// genAddr draws addresses that are close to each other, so that prefixes hold
// some of them.
func genAddr(t *rapid.T, label string) netip.Addr {
	if rapid.Bool().Draw(t, label+" is v4") {
		return netip.AddrFrom4([4]byte{192, 0, rapid.SampledFrom([]byte{0, 2, 3, 255}).Draw(t, label+" c"), rapid.Byte().Draw(t, label+" d")})
	}
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	for _, at := range []int{4, 7, 8, 15} {
		b[at] = rapid.SampledFrom([]byte{0, 1, 0x80, 0xff}).Draw(t, label+" byte")
	}
	return netip.AddrFrom16(b)
}

// The set holds exactly what one of its prefixes holds by the standard
// library's reading, one by one.
func TestPrefixSetAgainstScanning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []netip.Prefix
		var prefixes []address.Prefix
		for range rapid.IntRange(0, 12).Draw(t, "prefixes") {
			ip := genAddr(t, "prefix")
			p := netip.PrefixFrom(ip, rapid.IntRange(0, ip.BitLen()).Draw(t, "bits")).Masked()
			text := p.String()
			if ip.Is4() && rapid.Bool().Draw(t, "mapped") {
				text = fmt.Sprintf("::ffff:%s/%d", p.Addr(), p.Bits()+96)
			}
			parsed, err := address.ParsePrefix(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			want, prefixes = append(want, p), append(prefixes, parsed)
		}
		set := address.NewPrefixSet(prefixes)
		for range 20 {
			ip := genAddr(t, "address")
			text := ip.String()
			if ip.Is4() && rapid.Bool().Draw(t, "mapped") {
				text = "::ffff:" + text
			}
			parsed, ok := address.ParseIP(text)
			if !ok {
				t.Fatal(text)
			}
			held := false
			for _, p := range want {
				held = held || p.Contains(ip)
			}
			if set.Contains(parsed) != held {
				t.Fatalf("%s in %v: %v", text, want, !held)
			}
		}
	})
}

func BenchmarkPrefixSet(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprint(n, " prefixes"), func(b *testing.B) {
			var prefixes []address.Prefix
			for i := range n {
				p, err := address.ParsePrefix(fmt.Sprintf("10.%d.%d.0/25", i/250, i%250))
				if err != nil {
					b.Fatal(err)
				}
				prefixes = append(prefixes, p)
			}
			set := address.NewPrefixSet(prefixes)
			b.ReportAllocs()
			for b.Loop() {
				ip, _ := address.ParseIP("10.3.9.77")
				set.Contains(ip)
			}
		})
	}
}
