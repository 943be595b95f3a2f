package redirect_test

import (
	"encoding/binary"
	"hash/fnv"
	"testing"

	"github.com/stagedoor/stagedoor/edge/redirect"
	"github.com/stagedoor/stagedoor/edge/site"
)

func sample(t testing.TB) []byte {
	t.Helper()
	rules := []site.Redirect{
		{ID: "1", Match: "prefix", Source: "/old", Target: "/new", PreserveSuffix: true},
		{ID: "0190c2a4-7b1e-7000-8000-0000000000ff", Match: "pattern", Source: "/a/*/**", Target: "/$1/$2"},
		{ID: "3", Match: "host", Source: "old.example", Target: "/"},
		{ID: "4", Match: "exact", Source: "example/x", IncludeSubdomains: true, Target: "/y", StartsAt: now, EndsAt: now.AddDate(0, 0, 1)},
		{ID: "5", Match: "exact", Source: "example/x", IncludeSubdomains: true, Target: "/z"},
	}
	for _, segment := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		rules = append(rules, site.Redirect{ID: segment, Match: "exact", Source: "/shows/" + segment, Target: "/x"},
			site.Redirect{ID: segment + "2", Match: "exact", Source: "/shows/" + segment + segment, Target: "/x"})
	}
	index, err := redirect.Build(rules)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// exercise asks an index for much.
func exercise(x *redirect.Index) {
	var s redirect.Search
	for _, path := range []string{"/", "/old", "/old/a/b", "/a/b", "/a/b/c", "/x", "/shows/a", "/shows/hh", "/shows/none", "/x/"} {
		for _, hostname := range []string{"", "old.example", "www.example", "lyceum.example"} {
			if m, ok := s.Find(x, hostname, path, now.UnixMilli()); ok {
				m.Rule.AppendID(nil)
				redirect.AppendLocation(nil, &m, base, "utm_source=x")
			}
			redirect.Explain(x, &site.Site{Hostname: "lyceum.example"}, hostname, path, "", now)
		}
	}
	_ = x.Verify()
}

// sealed gives a damaged index the header sum of a sound one, so that what is
// behind the header is reached.
func sealed(index []byte) []byte {
	if len(index) >= 96 {
		h := fnv.New64a()
		h.Write(index[:88])
		binary.LittleEndian.PutUint64(index[88:], h.Sum64())
	}
	return index
}

// FuzzOpen: whatever the bytes are, nothing panics and every call ends.
func FuzzOpen(f *testing.F) {
	index := sample(f)
	f.Add(index)
	f.Add(index[:96])
	f.Add(index[:len(index)/2])
	f.Fuzz(func(_ *testing.T, b []byte) {
		if x, err := redirect.Open(sealed(b)); err == nil {
			exercise(x)
		}
	})
}

// Every byte of an index is damaged in turn, and every length cut.
func TestDamageNeverPanics(t *testing.T) {
	index := sample(t)
	for at := range index {
		for _, flip := range []byte{1, 0x80, 0xff} {
			damaged := append([]byte(nil), index...)
			damaged[at] ^= flip
			x, err := redirect.Open(damaged)
			if at < 96 && err == nil {
				t.Fatalf("byte %d of the header is damaged and nobody notices", at)
			}
			if err == nil && x.Verify() == nil {
				t.Fatalf("byte %d is damaged and Verify does not notice", at)
			}
			if x, err = redirect.Open(sealed(damaged)); err == nil {
				exercise(x)
			}
		}
	}
	for size := range index {
		if _, err := redirect.Open(index[:size]); err == nil {
			t.Fatalf("an index cut to %d bytes was opened", size)
		}
	}
}
