package staff_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/staff"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	done := h.signIn(boss)
	if p := done.Session.Person; !p.May(staff.ChangePeople, staff.Group) || p.Name != boss.name || p.Email != boss.email {
		t.Errorf("the first admin is %+v", p)
	}
	if done.ReturnTo != "/sites/lyceum/maintenance" {
		t.Errorf("leads to %q", done.ReturnTo)
	}
	s, err := h.Session(t.Context(), done.Token)
	if err != nil || s.ID != done.Session.ID || s.IP != client.IP || s.Agent != client.Agent || !s.Fresh(h.now()) {
		t.Errorf("session %+v, %v", s, err)
	}
	// What the database holds opens nothing.
	if n := h.count("select count(*) from staff_sessions where strpos(staff_sessions::text, $1) > 0", done.Token); n != 0 {
		t.Error("the database holds the cookie itself")
	}
	for _, forged := range []string{"", "x", done.Token + "x", done.Token[:len(done.Token)-1], s.ID.String()} {
		if _, err := h.Session(t.Context(), forged); !errors.Is(err, staff.ErrNoSession) {
			t.Errorf("the cookie %q is answered %v", forged, err)
		}
	}
	if second := h.signIn(boss); second.Token == done.Token || second.Session.ID == done.Session.ID || second.Session.Person.ID != s.Person.ID {
		t.Error("a second sign-in is not a new session of the same person")
	}
}

// Each of these answers is refused, and leaves nobody signed in.
func TestSignInRefusesALyingProvider(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.signIn(boss)
	sessions := h.count("select count(*) from staff_sessions")
	another, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set := func(claim string, value any) func(*grant) { return func(g *grant) { g.claims[claim] = value } }
	for _, tc := range []struct {
		name  string
		twist func(*grant)
	}{
		{"somebody else's signature", func(g *grant) { g.key = another }},
		{"for another client", set("aud", "newsletter")},
		{"from another provider", set("iss", "https://provider.example")},
		{"expired", set("exp", h.now().Add(-time.Minute).Unix())},
		{"another sign-in's nonce", set("nonce", "another")},
		{"no nonce", func(g *grant) { delete(g.claims, "nonce") }},
		{"nobody", set("sub", "")},
		{"no e-mail address", set("email", "boss")},
	} {
		if _, err := h.try(boss, tc.twist); err == nil {
			t.Errorf("%s: signed in", tc.name)
		} else {
			wantRefused(t, err, "not valid")
		}
	}
	if n := h.count("select count(*) from staff_sessions"); n != sessions {
		t.Errorf("%d sessions were made", n-sessions)
	}
}

func TestSignInComesBackOnceToTheBrowserThatBegan(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()

	begun := h.begin(staff.Start{})
	if _, err := h.Finish(ctx, h.issuer.agree(begun.URL, boss, h.now(), nil), "another browser", client); err == nil {
		t.Error("an answer slipped to another browser signs it in")
	} else {
		wantRefused(t, err, "another browser")
	}

	begun = h.begin(staff.Start{})
	answer := h.issuer.agree(begun.URL, boss, h.now(), nil)
	if _, err := h.Finish(ctx, answer, begun.Browser, client); err != nil {
		t.Fatal(err)
	}
	_, err := h.Finish(ctx, answer, begun.Browser, client)
	wantRefused(t, err, "used already")

	begun = h.begin(staff.Start{})
	_, err = h.Finish(ctx, with(h.issuer.agree(begun.URL, boss, h.now(), nil), "state", "made up"), begun.Browser, client)
	wantRefused(t, err, "used already")

	begun = h.begin(staff.Start{})
	_, err = h.Finish(ctx, with(h.issuer.agree(begun.URL, boss, h.now(), nil), "iss", "https://provider.example"), begun.Browser, client)
	wantRefused(t, err, "another sign-in service")

	begun = h.begin(staff.Start{})
	_, err = h.Finish(ctx, with(h.issuer.agree(begun.URL, boss, h.now(), nil), "error", "access_denied"), begun.Browser, client)
	wantRefused(t, err, "stopped")

	begun = h.begin(staff.Start{})
	answer = h.issuer.agree(begun.URL, boss, h.now(), nil)
	h.wait(11 * time.Minute)
	_, err = h.Finish(ctx, answer, begun.Browser, client)
	wantRefused(t, err, "too long")
}

// A code that was stolen on its way is worth nothing to a sign-in with another verifier.
func TestSignInProvesThatItBegan(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	begun := h.begin(staff.Start{})
	answer := h.issuer.agree(begun.URL, boss, h.now(), nil)
	if _, err := h.db.Exec(t.Context(), "update staff_sign_ins set verifier = repeat('v', 43)"); err != nil {
		t.Fatal(err)
	}
	_, err := h.Finish(t.Context(), answer, begun.Browser, client)
	wantRefused(t, err, "not valid")
}

// Anybody may have an account with the provider. Staff are who was invited.
func TestOnlyStaffGetIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.signIn(boss)
	_, err := h.try(usher, nil)
	wantRefused(t, err, "not on the list")

	done, id := h.invited(usher, staff.VenueStaff, "lyceum")
	if p := done.Session.Person; p.ID != id || !p.May(staff.ChangeMaintenance, "lyceum") || p.May(staff.ChangeMaintenance, "shubert") || p.May(staff.ChangeMaintenance, staff.Group) {
		t.Errorf("the usher is %+v", p)
	}
	// An address that the provider has not checked, and one that somebody else has taken over, open nothing.
	invited := account{subject: "s-thief", email: "cashier@stagedoor.example", name: "A cashier", unverified: true}
	if _, err := h.Invite(t.Context(), boss.email, invited.email, invited.name); err != nil {
		t.Fatal(err)
	}
	_, err = h.try(invited, nil)
	wantRefused(t, err, "not on the list")
	_, err = h.try(account{subject: "s-other", email: usher.email, name: "Another usher"}, nil)
	wantRefused(t, err, "not on the list")

	// Nobody becomes admin by the configured address once there is one.
	if _, err := h.db.Exec(t.Context(), "update staff_people set email = 'was-boss@stagedoor.example' where subject = $1", boss.subject); err != nil {
		t.Fatal(err)
	}
	late := account{subject: "s-late", email: boss.email, name: "Late"}
	if done, err := h.try(late, nil); err == nil && done.Session.Person.MayAnywhere(staff.SeeHome) {
		t.Errorf("a second first admin: %+v", done.Session.Person)
	}
}

func TestTooManySignIns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	try := func(ip string) error {
		_, err := h.Begin(t.Context(), staff.Start{Client: staff.Client{IP: ip}})
		return err
	}
	// A network of IPv6 is one client, whatever address of it comes.
	for i := range 20 {
		if err := try(fmt.Sprintf("2001:db8:1:2::%x", i+1)); err != nil {
			t.Fatalf("sign-in %d: %v", i+1, err)
		}
	}
	if err := try("2001:db8:1:2::ffff"); !errors.Is(err, staff.ErrTooMany) {
		t.Errorf("the 21st sign-in: %v", err)
	}
	for _, other := range []string{"2001:db8:1:3::1", "192.0.2.1", "::ffff:192.0.2.1", ""} {
		if err := try(other); err != nil {
			t.Errorf("%q pays for others: %v", other, err)
		}
	}
	h.wait(7 * time.Minute)
	if err := try("2001:db8:1:2::1"); err != nil {
		t.Errorf("seven minutes later: %v", err)
	}
}

func TestProviderIsAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	done := h.signIn(boss)
	begun := h.begin(staff.Start{})
	answer := h.issuer.agree(begun.URL, boss, h.now(), nil)
	h.issuer.Close()
	if _, err := h.Finish(t.Context(), answer, begun.Browser, client); err == nil {
		t.Error("signed in without a provider")
	}
	if _, err := h.Session(t.Context(), done.Token); err != nil {
		t.Errorf("who is signed in is out: %v", err)
	}
	cold, err := staff.New(staff.Config{DB: h.db, Logger: h.Logger, Now: h.now, Issuer: h.issuer.URL, ClientID: clientID, RedirectURL: "http://console.localhost/sign-in/done"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cold.Begin(t.Context(), staff.Start{Client: client}); !errors.Is(err, staff.ErrNoProvider) {
		t.Errorf("a new desk says %v", err)
	}
}

func TestLocalPath(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ path, want string }{
		{"/", "/"}, {"/sites/lyceum?month=2026-12", "/sites/lyceum?month=2026-12"}, {"/a?b=https://evil.example/", "/a?b=https://evil.example/"},
		{"", "/"}, {"//evil.example", "/"}, {"///evil.example", "/"}, {`/\evil.example`, "/"}, {`\\evil.example`, "/"}, {"/\t/evil.example", "/"},
		{"/\n/evil.example", "/"}, {"https://evil.example/", "/"}, {"https:/evil.example", "/"}, {"javascript:alert(1)", "/"}, {"evil.example", "/"},
		{"/%zz", "/"}, {"http:evil.example", "/"}, {"//user@evil.example", "/"},
	} {
		if got := staff.LocalPath(tc.path); got != tc.want {
			t.Errorf("LocalPath(%q) = %q", tc.path, got)
		}
	}
}
