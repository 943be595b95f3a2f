package staff_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

func TestInviteAndGrantRefuse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	done := h.signIn(boss)
	for _, bad := range []struct{ email, name string }{
		{"", "Ada"}, {"ada", "Ada"}, {"Ada <ada@example.org>", "Ada"}, {strings.Repeat("a", 200) + "@example.org", "Ada"}, {"ada@example.org", " "},
		{"ada@example.org", "Ada\nAdmin"}, {"ada@example.org", strings.Repeat("a", 101)},
	} {
		if _, err := h.Invite(ctx, boss.email, bad.email, bad.name); err == nil {
			t.Errorf("%q, %q is invited", bad.email, bad.name)
		}
	}
	id := done.Session.Person.ID
	wantRefused(t, h.Grant(ctx, boss.email, id, "owner", "lyceum"), "one of the roles")
	wantRefused(t, h.Grant(ctx, boss.email, id, staff.Ops, "palace"), `no site "palace"`)
	if err := h.Grant(ctx, boss.email, uuid.New(), staff.Ops, "lyceum"); !errors.Is(err, staff.ErrNotFound) {
		t.Errorf("a role for nobody: %v", err)
	}
	first, err := h.Invite(ctx, boss.email, "ada@example.org", "Ada")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.Invite(ctx, boss.email, "ADA@example.org", "Ada again"); err != nil || again.ID != first.ID {
		t.Errorf("invited twice: %+v, %v", again, err)
	}
}

// Two admins who take each other's role away at the same moment leave one of them.
func TestAnAdminIsLeft(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	one := h.signIn(boss).Session.Person
	wantRefused(t, h.Revoke(ctx, boss.email, one.ID, one.Grants[0].ID), "last admin")
	wantRefused(t, h.SetDisabled(ctx, boss.email, one.ID, true), "last admin")

	done, _ := h.invited(usher, staff.Admin, staff.Group)
	two := done.Session.Person
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i, work := range []func() error{
		func() error { return h.Revoke(ctx, usher.email, one.ID, one.Grants[0].ID) },
		func() error { return h.SetDisabled(ctx, boss.email, two.ID, true) },
	} {
		group.Go(func() { errs[i] = work() })
	}
	group.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("one of the two must be refused: %v, %v", errs[0], errs[1])
	}
	if n := h.count(`select count(*) from staff_grants g join staff_people p on p.id = g.person_id where g.role = 'admin' and g.brand_id is null and p.disabled_at is null`); n != 1 {
		t.Errorf("%d admins are left", n)
	}
}

func TestEveryChangeIsRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	admin := h.signIn(boss).Session
	by := record.By{Person: admin.Person.ID, Session: admin.ID, IP: "192.0.2.7", RequestID: "a-request", Change: uuid.New()}
	ctx := record.With(t.Context(), by)
	p, err := h.Invite(ctx, boss.email, usher.email, usher.name)
	if err != nil {
		t.Fatal(err)
	}
	target := "person:" + p.ID.String()
	last := func(action string) staff.Record {
		t.Helper()
		list, err := h.Records(t.Context(), staff.Filter{Targets: []string{target}, Most: 1})
		if err != nil || len(list) != 1 || list[0].Action != action {
			t.Fatalf("the last record is %+v (%v), want %s", list, err, action)
		}
		r := list[0]
		if action != "people.sign-in" && (r.Actor != boss.email || r.IP != by.IP || r.RequestID != by.RequestID || r.Session != by.Session.String() || r.Change != by.Change) {
			t.Errorf("%s does not say who did it: %+v", action, r)
		}
		return r
	}
	same := func(text []byte, want string) bool {
		var a, b any
		if want == "" {
			return len(text) == 0
		}
		return json.Unmarshal(text, &a) == nil && json.Unmarshal([]byte(want), &b) == nil && jsonText(a) == jsonText(b)
	}
	const grantText, personText = `{"role":"venue-staff","brand":"lyceum"}`, `{"email":"usher@stagedoor.example","name":"An usher"}`
	for _, step := range []struct {
		action, before, after string
		work                  func() error
	}{
		{"people.invite", "", personText, func() error { return nil }},
		{"people.grant", "", grantText, func() error { return h.Grant(ctx, boss.email, p.ID, staff.VenueStaff, "lyceum") }},
		{"people.sign-in", "", "", func() error { h.signIn(usher); return nil }},
		{"people.revoke", grantText, "", func() error {
			who, err := h.Person(ctx, p.ID)
			if err != nil {
				return err
			}
			return h.Revoke(ctx, boss.email, p.ID, who.Grants[0].ID)
		}},
		{"people.disable", `{"email":"usher@stagedoor.example","name":"An usher","may_sign_in":true}`, `{"email":"usher@stagedoor.example","name":"An usher","may_sign_in":false}`,
			func() error { return h.SetDisabled(ctx, boss.email, p.ID, true) }},
		{"people.enable", `{"email":"usher@stagedoor.example","name":"An usher","may_sign_in":false}`, `{"email":"usher@stagedoor.example","name":"An usher","may_sign_in":true}`,
			func() error { return h.SetDisabled(ctx, boss.email, p.ID, false) }},
	} {
		if err := step.work(); err != nil {
			t.Fatalf("%s: %v", step.action, err)
		}
		if r := last(step.action); !same(r.Before, step.before) || !same(r.After, step.after) {
			t.Errorf("%s: before %s, after %s", step.action, r.Before, r.After)
		}
	}
	// What changes nothing is no change.
	n := h.count("select count(*) from staff_audit")
	if err := h.SetDisabled(ctx, boss.email, p.ID, false); err != nil {
		t.Fatal(err)
	}
	if m := h.count("select count(*) from staff_audit"); m != n {
		t.Errorf("%d records of nothing", m-n)
	}
}

func jsonText(v any) string { text, _ := json.Marshal(v); return string(text) }

// The log can't be changed, not even by this program, and a change that fails leaves nothing in it.
func TestTheLogIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.signIn(boss)
	n := h.count("select count(*) from staff_audit")
	for _, attempt := range []string{
		"update staff_audit set actor = 'nobody'", "update staff_audit set at = now() where false", "delete from staff_audit",
		"delete from staff_audit where id = (select max(id) from staff_audit)", "truncate staff_audit", "truncate staff_audit cascade",
		"insert into staff_audit (id, at, actor, action, target) overriding system value select id, at, 'nobody', action, target from staff_audit limit 1 on conflict (id) do update set actor = 'nobody'",
	} {
		if _, err := h.db.Exec(t.Context(), attempt); err == nil {
			t.Errorf("%s went through", attempt)
		}
	}
	if m := h.count("select count(*) from staff_audit where actor = $1", boss.email); m != n-1 && m != n {
		t.Errorf("%d of %d records are left as they were", m, n)
	}
	if m := h.count("select count(*) from staff_audit"); m != n {
		t.Errorf("%d records, were %d", m, n)
	}

	late := errors.New("the change failed after its record")
	err := pgx.BeginFunc(context.WithoutCancel(t.Context()), h.db, func(tx pgx.Tx) error {
		if err := record.Add(t.Context(), dbsqlc.New(tx), record.Entry{At: h.now(), Actor: "x", Action: "x", Target: "x"}); err != nil {
			return err
		}
		return late
	})
	if !errors.Is(err, late) || h.count("select count(*) from staff_audit") != n {
		t.Errorf("%v, and a record of what never happened", err)
	}
}
