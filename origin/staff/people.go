package staff

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// People lists everybody who may or might sign in, with their grants.
func (d *Desk) People(ctx context.Context) ([]Person, error) {
	q := dbsqlc.New(d.DB)
	rows, err1 := q.ListStaffPeople(ctx)
	grants, err2 := q.ListStaffGrants(ctx, pgtype.UUID{})
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("staff people: %w", err)
	}
	list := make([]Person, len(rows))
	for i, row := range rows {
		list[i] = person(row, grants)
	}
	return list, nil
}

// Person returns one of them, or ErrNotFound.
func (d *Desk) Person(ctx context.Context, id uuid.UUID) (Person, error) {
	q := dbsqlc.New(d.DB)
	row, err := q.GetStaffPerson(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, ErrNotFound
	}
	if err != nil {
		return Person{}, fmt.Errorf("staff person: %w", err)
	}
	return d.withGrants(ctx, q, row)
}

// Invite lets whoever signs in with a verified e-mail address be the person with these grants. Inviting an address
// twice changes nothing and returns the same person.
func (d *Desk) Invite(ctx context.Context, actor, email, name string) (Person, error) {
	address, err := mail.ParseAddress(strings.TrimSpace(email))
	if err != nil || address.Name != "" || len(address.Address) > 200 {
		return Person{}, Refused{"That is not an e-mail address."}
	}
	if name = strings.TrimSpace(name); name == "" || len(name) > 100 || strings.ContainsFunc(name, control) {
		return Person{}, Refused{"Please give a name of up to 100 letters."}
	}
	var invited Person
	err = pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		if err := q.LockStaff(ctx); err != nil {
			return err
		}
		row, err := q.FindStaffInvitation(ctx, dbsqlc.FindStaffInvitationParams{Issuer: d.Issuer, Email: address.Address})
		if err == nil {
			invited, err = d.withGrants(ctx, q, row)
			return err
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		now := d.Now().UTC()
		err = q.InsertStaffPerson(ctx, dbsqlc.InsertStaffPersonParams{ID: id, Issuer: d.Issuer, Email: address.Address, Name: name, CreatedAt: now})
		if err != nil {
			return err
		}
		invited = Person{ID: id, Email: address.Address, Name: name, Invited: true}
		return record.Add(ctx, q, record.Entry{At: now, Actor: actor, Action: "people.invite", Target: target(id), After: personRecord{address.Address, name}})
	})
	if err != nil {
		return Person{}, fmt.Errorf("invite: %w", err)
	}
	return invited, nil
}

// Grant gives a person a role on a brand or the Group. One they have already is no error and changes nothing.
func (d *Desk) Grant(ctx context.Context, actor string, to uuid.UUID, role Role, brand string) error {
	if !role.Known() {
		return Refused{"Choose one of the roles."}
	}
	return d.change(ctx, to, func(q *dbsqlc.Queries, now time.Time) error {
		return d.grant(ctx, q, actor, to, role, brand, now)
	})
}

func (d *Desk) grant(ctx context.Context, q *dbsqlc.Queries, actor string, to uuid.UUID, role Role, brand string, now time.Time) error {
	if brand != Group {
		if _, err := q.GetBrand(ctx, brand); errors.Is(err, pgx.ErrNoRows) {
			return Refused{fmt.Sprintf("There is no site %q.", brand)}
		} else if err != nil {
			return err
		}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	n, err := q.InsertStaffGrant(ctx, dbsqlc.InsertStaffGrantParams{
		ID: id, PersonID: to, Role: string(role), BrandID: brandOrNil(brand), GrantedBy: actor, GrantedAt: now,
	})
	if err != nil || n == 0 {
		return err
	}
	return record.Add(ctx, q, record.Entry{At: now, Actor: actor, Action: "people.grant", Target: target(to), After: grantRecord{role, brand}})
}

// Revoke takes a grant away, at once. The last admin of the whole group keeps theirs, or nobody could give one again.
func (d *Desk) Revoke(ctx context.Context, actor string, from, grant uuid.UUID) error {
	return d.change(ctx, from, func(q *dbsqlc.Queries, now time.Time) error {
		if err := keepsAnAdmin(ctx, q, func(g dbsqlc.ListStaffAdminsRow) bool { return g.ID == grant }); err != nil {
			return err
		}
		row, err := q.DeleteStaffGrant(ctx, dbsqlc.DeleteStaffGrantParams{ID: grant, PersonID: from})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // taken away already
		}
		if err != nil {
			return err
		}
		before := grantRecord{Role(row.Role), brandOrGroup(row.BrandID)}
		return record.Add(ctx, q, record.Entry{At: now, Actor: actor, Action: "people.revoke", Target: target(from), Before: before})
	})
}

// SetDisabled says whether a person may sign in. Their sessions end when they may not.
func (d *Desk) SetDisabled(ctx context.Context, actor string, id uuid.UUID, disabled bool) error {
	return d.change(ctx, id, func(q *dbsqlc.Queries, now time.Time) error {
		if disabled {
			if err := keepsAnAdmin(ctx, q, func(g dbsqlc.ListStaffAdminsRow) bool { return g.PersonID == id }); err != nil {
				return err
			}
		}
		row, err := q.GetStaffPerson(ctx, id)
		if err != nil || (row.DisabledAt != nil) == disabled {
			return err
		}
		var at *time.Time
		action := "people.enable"
		if disabled {
			at, action = &now, "people.disable"
			if _, err := q.EndStaffSessions(ctx, dbsqlc.EndStaffSessionsParams{PersonID: id, EndedAt: &now}); err != nil {
				return err
			}
		}
		if err := q.SetStaffDisabled(ctx, dbsqlc.SetStaffDisabledParams{ID: id, DisabledAt: at}); err != nil {
			return err
		}
		return record.Add(ctx, q, record.Entry{At: now, Actor: actor, Action: action, Target: target(id), Before: accessRecord{row.Email, row.Name, disabled}, After: accessRecord{row.Email, row.Name, !disabled}})
	})
}

// change runs work in a transaction, one at a time, on a person who exists.
func (d *Desk) change(ctx context.Context, id uuid.UUID, work func(*dbsqlc.Queries, time.Time) error) error {
	err := pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		if err := q.LockStaff(ctx); err != nil {
			return err
		}
		if _, err := q.GetStaffPerson(ctx, id); errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		} else if err != nil {
			return err
		}
		return work(q, d.Now().UTC())
	})
	if err != nil {
		return fmt.Errorf("change staff: %w", err)
	}
	return nil
}

// keepsAnAdmin refuses when every admin of the whole group would be gone.
func keepsAnAdmin(ctx context.Context, q *dbsqlc.Queries, gone func(dbsqlc.ListStaffAdminsRow) bool) error {
	admins, err := q.ListStaffAdmins(ctx)
	if err != nil {
		return err
	}
	concerned, left := false, 0
	for _, g := range admins {
		if gone(g) {
			concerned = true
		} else {
			left++
		}
	}
	if concerned && left == 0 {
		return Refused{"That is the last admin of the whole group. Make somebody else one first."}
	}
	return nil
}

// What the audit log keeps of people and grants.
type (
	personRecord struct {
		Email string `json:"email"`
		Name  string `json:"name"`
	}
	accessRecord struct {
		Email     string `json:"email"`
		Name      string `json:"name"`
		MaySignIn bool   `json:"may_sign_in"`
	}
	grantRecord struct {
		Role  Role   `json:"role"`
		Brand string `json:"brand"`
	}
)

func target(person uuid.UUID) string { return "person:" + person.String() }

func person(row dbsqlc.StaffPerson, grants []dbsqlc.StaffGrant) Person {
	p := Person{ID: row.ID, Email: row.Email, Name: row.Name, Invited: row.Subject == nil, Disabled: row.DisabledAt != nil}
	if row.SignedInAt != nil {
		p.SignedInAt = row.SignedInAt.UTC()
	}
	for _, g := range grants {
		if g.PersonID == row.ID {
			p.Grants = append(p.Grants, Grant{ID: g.ID, Role: Role(g.Role), Brand: brandOrGroup(g.BrandID), GrantedBy: g.GrantedBy, GrantedAt: g.GrantedAt.UTC()})
		}
	}
	return p
}

func optional(id uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: id != uuid.Nil} }

func brandOrNil(brand string) *string {
	if brand == Group {
		return nil
	}
	return &brand
}

func brandOrGroup(brand *string) string {
	if brand == nil {
		return Group
	}
	return *brand
}

func control(r rune) bool { return r < ' ' || r == 0x7f }
