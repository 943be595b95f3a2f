package token_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/waitingroom/token"
)

func ring(t testing.TB, ids ...uint16) *token.Ring {
	t.Helper()
	var keys []token.Key
	for _, id := range ids {
		secret := make([]byte, token.MinSecret)
		for i := range secret {
			secret[i] = byte(int(id)*31 + i)
		}
		keys = append(keys, token.Key{ID: id, Secret: secret})
	}
	made, err := token.NewRing(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestRoundTripFitsACookie(t *testing.T) {
	t.Parallel()
	keys := ring(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		place := token.Place{
			Room:    rapid.StringOfN(rapid.Rune(), 1, 10, token.MaxRoom).Draw(t, "room"),
			Arrived: rapid.Uint32().Draw(t, "arrived"), Tie: rapid.Uint64().Draw(t, "tie"), Holder: rapid.Byte().Draw(t, "holder"),
		}
		copy(place.ID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		text, err := keys.SignPlace(place)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 200 || len(text) > token.MaxLength {
			t.Fatalf("%d bytes, want at most 200 and MaxLength", len(text))
		}
		if read, err := keys.ReadPlace(text, place.Room); err != nil || read != place {
			t.Fatalf("read %v, %v; want %v", read, err, place)
		}
		pass := token.Pass{Room: place.Room, Session: place.ID, Issued: rapid.Int64Range(0, 1<<40).Draw(t, "issued")}
		pass.Expires = pass.Issued + rapid.Int64Range(1, 1<<20).Draw(t, "lifetime")
		if text, err = keys.SignPass(pass); err != nil || len(text) > 200 {
			t.Fatalf("%d bytes, %v", len(text), err)
		}
		if read, err := keys.ReadPass(text, pass.Room, pass.Expires-1); err != nil || read != pass {
			t.Fatalf("read %v, %v; want %v", read, err, pass)
		}
		if _, err := keys.ReadPass(text, pass.Room, pass.Expires); !errors.Is(err, token.ErrExpired) {
			t.Fatalf("at its end: %v, want ErrExpired", err)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	keys := ring(t, 2, 1)
	place := token.Place{Room: "hamlet", Arrived: 1_700_000_000, Tie: 7}
	good, err := keys.SignPlace(place)
	if err != nil {
		t.Fatal(err)
	}
	pass, err := keys.SignPass(token.Pass{Room: "hamlet", Expires: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	versioned, _ := base64.RawURLEncoding.DecodeString(good)
	versioned[0] = 9
	cases := []struct {
		name string
		text string
		room string
		ring *token.Ring
		want error
	}{
		{name: "good", text: good, room: "hamlet", ring: keys},
		{name: "another room", text: good, room: "macbeth", ring: keys, want: token.ErrRoom},
		{name: "a pass for a place", text: pass, room: "hamlet", ring: keys, want: token.ErrKind},
		{name: "after rotation", text: good, room: "hamlet", ring: ring(t, 3, 2)},
		{name: "a retired key", text: good, room: "hamlet", ring: ring(t, 4, 3), want: token.ErrKey},
		{name: "a later version", text: base64.RawURLEncoding.EncodeToString(versioned), room: "hamlet", ring: keys, want: token.ErrVersion},
		{name: "empty", text: "", room: "hamlet", ring: keys, want: token.ErrMalformed},
		{name: "truncated", text: good[:len(good)-4], room: "hamlet", ring: keys, want: token.ErrMalformed},
		{name: "padded", text: good + "=", room: "hamlet", ring: keys, want: token.ErrMalformed},
		{name: "too long", text: strings.Repeat("A", token.MaxLength+1), room: "hamlet", ring: keys, want: token.ErrMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := c.ring.ReadPlace(c.text, c.room); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestEveryBitCounts flips each bit of a token: none may still be believed.
func TestEveryBitCounts(t *testing.T) {
	t.Parallel()
	keys := ring(t, 1)
	good, err := keys.SignPlace(token.Place{Room: "hamlet", Arrived: 5, Tie: 6})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(good)
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			if _, err := keys.ReadPlace(base64.RawURLEncoding.EncodeToString(raw), "hamlet"); err == nil {
				t.Fatalf("byte %d, bit %d flipped and still believed", i, bit)
			}
			raw[i] ^= 1 << bit
		}
	}
}

func TestNewRing(t *testing.T) {
	t.Parallel()
	secret := make([]byte, token.MinSecret)
	cases := []struct {
		name string
		keys []token.Key
		want error
	}{
		{name: "none", want: token.ErrNoKey},
		{name: "short", keys: []token.Key{{ID: 1, Secret: secret[1:]}}, want: token.ErrShortKey},
		{name: "zero", keys: []token.Key{{Secret: secret}}, want: token.ErrZeroKeyID},
		{name: "twice", keys: []token.Key{{ID: 1, Secret: secret}, {ID: 1, Secret: secret}}, want: token.ErrSameKeyID},
		{name: "two", keys: []token.Key{{ID: 2, Secret: secret}, {ID: 1, Secret: secret}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := token.NewRing(c.keys...); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	keys := ring(f, 1)
	place, err := keys.SignPlace(token.Place{Room: "hamlet"})
	if err != nil {
		f.Fatal(err)
	}
	pass, err := keys.SignPass(token.Pass{Room: "hamlet", Expires: 10})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(place)
	f.Add(pass)
	f.Add("")
	f.Add(place[:20] + "\n" + place[20:])
	f.Add(pass + "\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := keys.ReadPlace(text, "hamlet"); err == nil && text != place {
			t.Errorf("believed %q", text)
		}
		if _, err := keys.ReadPass(text, "hamlet", 0); err == nil && text != pass {
			t.Errorf("believed %q", text)
		}
	})
}

func BenchmarkReadPlace(b *testing.B) {
	keys := ring(b, 1)
	text, err := keys.SignPlace(token.Place{Room: "hamlet"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keys.ReadPlace(text, "hamlet"); err != nil {
			b.Fatal(err)
		}
	}
}
