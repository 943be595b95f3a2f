package ticket_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/ticket"
)

func open(t testing.TB, dir string) *ticket.Keyring {
	t.Helper()
	ring, err := ticket.OpenKeyring(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func sign(t testing.TB, ring *ticket.Keyring) (string, ticket.Claim) {
	t.Helper()
	claim := ticket.Claim{
		TicketID: uuid.Must(uuid.NewV7()), PerformanceID: uuid.Must(uuid.NewV7()),
		SeatID: "dress-circle-AA-12", IssuedAt: time.Unix(1_795_000_000, 0).UTC(),
	}
	code, _, err := ring.SignTicket(claim.TicketID, claim.PerformanceID, claim.SeatID, claim.IssuedAt)
	if err != nil {
		t.Fatal(err)
	}
	return code, claim
}

func TestSignedTicketsVerify(t *testing.T) {
	t.Parallel()
	ring := open(t, t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		want := ticket.Claim{
			TicketID:      uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "ticket")),
			PerformanceID: uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "performance")),
			SeatID:        rapid.StringOfN(rapid.Rune(), 1, 20, ticket.MaxSeatID).Draw(t, "seat"),
			IssuedAt:      time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "issued"), 0).UTC(),
		}
		code, _, err := ring.SignTicket(want.TicketID, want.PerformanceID, want.SeatID, want.IssuedAt)
		if err != nil {
			t.Fatal(err)
		}
		if len(code) > ticket.MaxCode {
			t.Fatalf("a code of %d bytes", len(code))
		}
		if got, err := ring.Verify(code); err != nil || got != want {
			t.Fatalf("verified %v, %v; want %v", got, err, want)
		}
	})
}

func TestTamperedTicketsAreRefused(t *testing.T) {
	t.Parallel()
	ring := open(t, t.TempDir())
	code, _ := sign(t, ring)
	other, _ := sign(t, ring)
	parts, otherParts := strings.Split(code, "."), strings.Split(other, ".")
	cases := []struct {
		name, code string
		want       error
	}{
		{name: "another ticket's payload", code: parts[0] + "." + parts[1] + "." + otherParts[2] + "." + parts[3], want: ticket.ErrForged},
		{name: "another ticket's signature", code: parts[0] + "." + parts[1] + "." + parts[2] + "." + otherParts[3], want: ticket.ErrForged},
		{name: "another key", code: strings.Replace(code, parts[1], "aaaaaaaa", 1), want: ticket.ErrUnknownKey},
		{name: "another scheme", code: "SD2" + code[3:], want: ticket.ErrMalformed},
		{name: "cut short", code: code[:len(code)-10], want: ticket.ErrMalformed},
		{name: "empty", want: ticket.ErrMalformed},
		{name: "a web address", code: "https://example.org/", want: ticket.ErrMalformed},
		{name: "very long", code: strings.Repeat("A", 1<<20), want: ticket.ErrMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := ring.Verify(c.code); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	for i := range code {
		changed := []byte(code)
		changed[i] ^= 1
		if _, err := ring.Verify(string(changed)); err == nil {
			t.Fatalf("byte %d changed and still believed", i)
		}
	}
}

func TestKeysSurviveARestartAndRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	old, want := sign(t, first)
	if again := open(t, dir); again.Public()[0].ID != first.Public()[0].ID {
		t.Fatal("a restart changed the key")
	}
	path := filepath.Join(dir, "2.ed25519")
	if err := os.WriteFile(path, []byte(strings.Repeat("ab", ed25519.SeedSize)), 0o600); err != nil {
		t.Fatal(err)
	}
	soon := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, soon, soon); err != nil {
		t.Fatal(err)
	}
	rotated := open(t, dir)
	if got, err := rotated.Verify(old); err != nil || got != want {
		t.Fatalf("a ticket of the old key: %v, %v", got, err)
	}
	fresh, _ := sign(t, rotated)
	if _, err := first.Verify(fresh); !errors.Is(err, ticket.ErrUnknownKey) {
		t.Errorf("the newest key does not sign: %v", err)
	}
}

func TestTwoProcessesStartWithOneKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ids := make([]string, 16)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			if ring, err := ticket.OpenKeyring(dir, rand.Reader); err == nil {
				ids[i] = ring.Public()[0].ID
			}
		})
	}
	group.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("keys %v, want one", ids)
		}
	}
}

func TestBadKeyFilesAreNamed(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text, want string
		mode             os.FileMode
	}{
		{name: "not a seed", text: "hello", mode: 0o600, want: "32 bytes"},
		{name: "readable by others", text: strings.Repeat("ab", 32), mode: 0o644, want: "0600"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "1.ed25519")
			if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := ticket.OpenKeyring(dir, rand.Reader)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want the file and %q", err, c.want)
			}
		})
	}
}

func TestQRCodesAreDrawn(t *testing.T) {
	t.Parallel()
	code, _ := sign(t, open(t, t.TempDir()))
	svg, err := ticket.QRSVG(code, `Stalls "F" 12 <b>`)
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Label string `xml:"aria-label,attr"`
		Path  struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(svg), &root); err != nil || root.Label != `Stalls "F" 12 <b>` || len(root.Path.D) < 100 {
		t.Errorf("label %q, a path of %d bytes, %v", root.Label, len(root.Path.D), err)
	}
	picture, err := ticket.QRPNG(code)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(strings.NewReader(string(picture))); err != nil {
		t.Error(err)
	}
}

func FuzzVerify(f *testing.F) {
	ring := open(f, f.TempDir())
	good, _ := sign(f, ring)
	f.Add(good)
	f.Add("SD1...")
	f.Fuzz(func(t *testing.T, code string) {
		if _, err := ring.Verify(code); err == nil && code != good {
			t.Errorf("believed %q", code)
		}
	})
}
