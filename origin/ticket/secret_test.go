package ticket_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/ticket"
)

func TestRotatingDigits(t *testing.T) {
	t.Parallel()
	// RFC 6238, appendix B, SHA-1: eight digits there, of which ours are the last six.
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if got := ticket.Rotating(secret, time.Unix(at, 0)); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

// What was on a screen is believed for a step more and not after, whatever the moment.
func TestAPictureOfAScreenGrowsOld(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "secret")
		at := time.Unix(rapid.Int64Range(1e9, 4e9).Draw(t, "at"), 0)
		shown := ticket.Rotating(secret, at)
		for _, off := range []time.Duration{-ticket.Step, 0, ticket.Step} {
			if !ticket.Fresh(secret, shown, at.Add(off)) {
				t.Fatalf("%s later it is not believed", off)
			}
		}
		later := at.Add(time.Duration(rapid.IntRange(2, 1000).Draw(t, "steps")) * ticket.Step)
		if ticket.Rotating(secret, later) != shown && ticket.Rotating(secret, later.Add(ticket.Step)) != shown &&
			ticket.Rotating(secret, later.Add(-ticket.Step)) != shown && ticket.Fresh(secret, shown, later) {
			t.Fatal("an old picture is believed")
		}
	})
}

func TestCodesOfAScreenAreRead(t *testing.T) {
	t.Parallel()
	ring := open(t, t.TempDir())
	code, claim := sign(t, ring)
	for _, c := range []struct {
		name, code, rotating string
		err                  error
	}{
		{name: "paper", code: code},
		{name: "screen", code: code + ".012345", rotating: "012345"},
		{name: "five digits", code: code + ".01234", err: ticket.ErrMalformed},
		{name: "letters", code: code + ".01234a", err: ticket.ErrMalformed},
		{name: "six parts", code: code + ".012345.012345", err: ticket.ErrMalformed},
		{name: "forged", code: code[:len(code)-4] + "AAAA.012345", err: ticket.ErrForged},
		{name: "nothing", err: ticket.ErrMalformed},
	} {
		got, err := ring.Read(c.code)
		if !errors.Is(err, c.err) || err == nil && (got.Claim != claim || got.Rotating != c.rotating) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func TestSecretsDiffer(t *testing.T) {
	t.Parallel()
	ring := open(t, t.TempDir())
	id := ring.Public()[0].ID
	seen := map[string]bool{}
	for range 2000 {
		secret, err := ring.Secret(id, uuid.New())
		if err != nil {
			t.Fatal(err)
		}
		short := ticket.Short(secret)
		if len(short) != ticket.ShortLength || strings.ContainsAny(short, "0O1IL5S8B2ZAEU") || seen[short] {
			t.Fatalf("short code %q", short)
		}
		seen[short] = true
	}
	if _, err := ring.Secret("aaaaaaaa", uuid.New()); !errors.Is(err, ticket.ErrUnknownKey) {
		t.Errorf("a key that is not there: %v", err)
	}
	code, claim := sign(t, ring)
	byCode, err := ring.SecretOf(code)
	byID, _ := ring.Secret(id, claim.TicketID)
	if err != nil || string(byCode) != string(byID) {
		t.Errorf("%x, %v; want %x", byCode, err, byID)
	}
}

func FuzzRead(f *testing.F) {
	ring := open(f, f.TempDir())
	code, _ := sign(f, ring)
	f.Add(code)
	f.Add(code + ".123456")
	f.Add("....")
	f.Fuzz(func(t *testing.T, code string) {
		p, err := ring.Read(code)
		if err == nil && (p.SeatID == "" || p.KeyID == "") {
			t.Errorf("%q is read as %+v", code, p)
		}
	})
}
