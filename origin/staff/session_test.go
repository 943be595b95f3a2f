package staff_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/staff"
)

func (h *house) live(token string) bool {
	h.t.Helper()
	_, err := h.Session(h.t.Context(), token)
	if err != nil && !errors.Is(err, staff.ErrNoSession) {
		h.t.Fatal(err)
	}
	return err == nil
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)

	idle := h.signIn(boss)
	h.wait(staff.SessionIdle - time.Minute)
	if !h.live(idle.Token) {
		t.Error("a session ends before it was idle for an hour")
	}
	h.wait(staff.SessionIdle - time.Minute)
	if !h.live(idle.Token) {
		t.Error("a request does not keep a session")
	}
	h.wait(staff.SessionIdle)
	if h.live(idle.Token) {
		t.Error("an idle session goes on")
	}

	busy := h.signIn(boss)
	for range 25 {
		h.wait(29 * time.Minute)
		if h.live(busy.Token) == (h.now().Sub(busy.Session.StartedAt) >= staff.SessionLife) {
			t.Fatalf("after %v live is %v", h.now().Sub(busy.Session.StartedAt), h.live(busy.Token))
		}
	}

	here, there, later := h.signIn(boss), h.signIn(boss), h.signIn(boss)
	if err := h.SignOut(t.Context(), here.Session.ID); err != nil {
		t.Fatal(err)
	}
	if h.live(here.Token) || !h.live(there.Token) {
		t.Error("signing out ends another session than this one")
	}
	if list, err := h.Sessions(t.Context(), boss1(t, h)); err != nil || len(list) != 2 {
		t.Errorf("%d sessions are live, %v", len(list), err)
	}
	if n, err := h.SignOutEverywhere(t.Context(), there.Session.Person.ID); err != nil || n < 2 {
		t.Errorf("signed out of %d, %v", n, err)
	}
	if h.live(there.Token) || h.live(later.Token) {
		t.Error("signed out everywhere, and still in")
	}
}

func boss1(t *testing.T, h *house) (id [16]byte) {
	t.Helper()
	if err := h.db.QueryRow(t.Context(), "select id from staff_people where subject = $1", boss.subject).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// What somebody may do is read with every request.
func TestAccessIsTakenAwayAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.signIn(boss)
	done, id := h.invited(usher, staff.VenueStaff, "lyceum")

	p, err := h.Person(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Revoke(t.Context(), boss.email, id, p.Grants[0].ID); err != nil {
		t.Fatal(err)
	}
	if s, err := h.Session(t.Context(), done.Token); err != nil || s.Person.MayAnywhere(staff.SeeHome) {
		t.Errorf("with the role gone they are %+v, %v", s.Person, err)
	}

	if err := h.SetDisabled(t.Context(), boss.email, id, true); err != nil {
		t.Fatal(err)
	}
	if h.live(done.Token) {
		t.Error("somebody who may not sign in any more is still in")
	}
	_, err = h.try(usher, nil)
	wantRefused(t, err, "taken away")
	if err := h.SetDisabled(t.Context(), boss.email, id, false); err != nil {
		t.Fatal(err)
	}
	if h.live(done.Token) {
		t.Error("the old session is back")
	}
	h.signIn(usher)
}

func TestStepUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	done := h.signIn(boss)
	if !done.Session.Fresh(h.now()) {
		t.Error("who has just signed in must show who they are again")
	}
	h.wait(staff.StepUpLife)
	s, err := h.Session(t.Context(), done.Token)
	if err != nil || s.Fresh(h.now()) {
		t.Fatalf("it is still believed, %v", err)
	}

	// A provider that does not ask again, and somebody else, unlock nothing.
	begun := h.begin(staff.Start{StepUp: &s})
	_, err = h.Finish(t.Context(), h.issuer.agree(begun.URL, boss, h.now(), func(g *grant) { g.claims["auth_time"] = h.now().Add(-2 * time.Minute).Unix() }), begun.Browser, client)
	wantRefused(t, err, "did not ask you again")
	begun = h.begin(staff.Start{StepUp: &s})
	_, err = h.Finish(t.Context(), h.issuer.agree(begun.URL, boss, h.now(), func(g *grant) { delete(g.claims, "auth_time") }), begun.Browser, client)
	wantRefused(t, err, "did not ask you again")
	_, id := h.invited(usher, staff.Admin, staff.Group)
	begun = h.begin(staff.Start{StepUp: &s})
	_, err = h.Finish(t.Context(), h.issuer.agree(begun.URL, usher, h.now(), nil), begun.Browser, client)
	wantRefused(t, err, "another account")
	if s, _ = h.Session(t.Context(), done.Token); s.Fresh(h.now()) || s.Person.ID == id {
		t.Fatalf("a refused step-up unlocked %+v", s)
	}

	// A claim from the future does not last longer.
	begun = h.begin(staff.Start{StepUp: &s, ReturnTo: "/sites/all/maintenance"})
	again, err := h.Finish(t.Context(), h.issuer.agree(begun.URL, boss, h.now(), func(g *grant) { g.claims["auth_time"] = h.now().Add(time.Hour).Unix() }), begun.Browser, client)
	if err != nil || again.ReturnTo != "/sites/all/maintenance" {
		t.Fatalf("%+v, %v", again, err)
	}
	if again.Session.ID != s.ID || !again.Session.Fresh(h.now()) {
		t.Errorf("after the step-up: %+v", again.Session)
	}
	if h.live(done.Token) {
		t.Error("the cookie from before the step-up still opens the session")
	}
	h.wait(staff.StepUpLife)
	if s, _ = h.Session(t.Context(), again.Token); s.Fresh(h.now()) {
		t.Error("it is believed for longer than five minutes")
	}

	// Whoever has signed out meanwhile is out.
	begun = h.begin(staff.Start{StepUp: &s})
	if err := h.SignOut(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Finish(t.Context(), h.issuer.agree(begun.URL, boss, h.now(), nil), begun.Browser, client); !errors.Is(err, staff.ErrNoSession) {
		t.Errorf("a step-up after signing out: %v", err)
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.signIn(boss)
	done, id := h.invited(usher, staff.VenueStaff, "lyceum")
	ctx := t.Context()
	link := func(path string) string {
		t.Helper()
		s, err := h.Session(ctx, done.Token)
		if err != nil {
			t.Fatal(err)
		}
		address, err := h.Link(ctx, s, "lyceum", path)
		if err != nil {
			t.Fatal(err)
		}
		return address[len(staff.EnterPath+"?token="):]
	}

	token := link("/shows")
	if _, _, err := h.Redeem(ctx, token, "shubert"); err == nil {
		t.Error("a link for one site opens another")
	}
	if p, path, err := h.Redeem(ctx, token, "lyceum"); err != nil || p.ID != id || path != "/shows" {
		t.Errorf("redeemed as %+v for %q, %v", p, path, err)
	}
	_, _, err := h.Redeem(ctx, token, "lyceum")
	wantRefused(t, err, "used already")

	token = link("//evil.example")
	if _, path, err := h.Redeem(ctx, token, "lyceum"); err != nil || path != "/" {
		t.Errorf("the link leads to %q, %v", path, err)
	}

	token = link("/")
	h.wait(61 * time.Second)
	_, _, err = h.Redeem(ctx, token, "lyceum")
	wantRefused(t, err, "older than a minute")

	if _, err := h.Link(ctx, done.Session, "shubert", "/"); err == nil {
		t.Error("a link to a site that is not theirs")
	}
	token = link("/")
	p, err := h.Person(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Revoke(ctx, boss.email, id, p.Grants[0].ID); err != nil {
		t.Fatal(err)
	}
	_, _, err = h.Redeem(ctx, token, "lyceum")
	wantRefused(t, err, "may not")
	if err := h.Grant(ctx, boss.email, id, staff.VenueStaff, "lyceum"); err != nil {
		t.Fatal(err)
	}
	token = link("/")
	if err := h.SignOut(ctx, done.Session.ID); err != nil {
		t.Fatal(err)
	}
	_, _, err = h.Redeem(ctx, token, "lyceum")
	wantRefused(t, err, "signed out")
}
