package staff

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/staff/record"
)

// enter makes a session for somebody the provider vouches for, if they are one of us.
func (d *Desk) enter(ctx context.Context, row dbsqlc.StaffSignIn, who claims, client Client, now time.Time) (Done, error) {
	token, hash, err := d.secret()
	if err != nil {
		return Done{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Done{}, fmt.Errorf("sign-in: %w", err)
	}
	err = pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		q := dbsqlc.New(tx)
		if err := q.LockStaff(ctx); err != nil {
			return err
		}
		p, err := d.know(ctx, q, who, now)
		if err != nil {
			return err
		}
		ctx := record.With(ctx, record.By{Person: p.ID, Session: id, IP: client.IP, RequestID: record.From(ctx).RequestID})
		if err := d.firstAdmin(ctx, q, p, who, now); err != nil {
			return err
		}
		if err := q.NoteStaffSignIn(ctx, dbsqlc.NoteStaffSignInParams{ID: p.ID, Subject: &who.Subject, Email: who.Email, Name: who.Name, SignedInAt: &now}); err != nil {
			return err
		}
		err = q.InsertStaffSession(ctx, dbsqlc.InsertStaffSessionParams{
			TokenHash: hash, ID: id, PersonID: p.ID, Now: now, ExpiresAt: now.Add(SessionLife), AuthenticatedAt: who.AuthenticatedAt,
			Ip: client.IP, Agent: cut(client.Agent, 300),
		})
		if err != nil {
			return err
		}
		return record.Add(ctx, q, record.Entry{At: now, Actor: who.Email, Action: "people.sign-in", Target: target(p.ID)})
	})
	var refused Refused
	if errors.As(err, &refused) {
		d.Logger.WarnContext(ctx, "a sign-in was refused", "subject", who.Subject, "reason", refused.Reason, "ip", client.IP)
		return Done{}, refused
	}
	if err != nil {
		return Done{}, fmt.Errorf("sign-in: %w", err)
	}
	s, err := d.Session(ctx, token)
	return Done{Session: s, Token: token, ReturnTo: row.ReturnTo}, err
}

// know finds the person that the provider vouches for: by its name for them, by an invitation, or because the house is
// for practice, or has no admin yet. Anybody else is refused: that the provider knows somebody makes them no staff.
func (d *Desk) know(ctx context.Context, q *dbsqlc.Queries, who claims, now time.Time) (dbsqlc.StaffPerson, error) {
	p, err := q.FindStaffPerson(ctx, dbsqlc.FindStaffPersonParams{Issuer: d.Issuer, Subject: who.Subject})
	if err == nil {
		if p.DisabledAt != nil {
			return p, Refused{"Your access to the console was taken away. An admin can give it back."}
		}
		return p, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return p, err
	}
	if who.Verified {
		p, err = q.FindStaffInvitation(ctx, dbsqlc.FindStaffInvitationParams{Issuer: d.Issuer, Email: who.Email})
		if err == nil && p.DisabledAt != nil {
			return p, Refused{"Your access to the console was taken away. An admin can give it back."}
		}
		if err == nil || !errors.Is(err, pgx.ErrNoRows) {
			return p, err
		}
	}
	grants, practice := d.Practice[who.Subject]
	if !practice && !d.isFirstAdmin(who) {
		return p, Refused{"You are not on the list. Ask an admin to invite " + who.Email + "."}
	}
	if p.ID, err = uuid.NewV7(); err != nil {
		return p, err
	}
	err = q.InsertStaffPerson(ctx, dbsqlc.InsertStaffPersonParams{
		ID: p.ID, Issuer: d.Issuer, Subject: &who.Subject, Email: who.Email, Name: who.Name, CreatedAt: now,
	})
	if err != nil {
		return p, err
	}
	for _, g := range grants {
		if err := d.grant(ctx, q, "practice", p.ID, g.Role, g.Brand, now); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (d *Desk) isFirstAdmin(who claims) bool {
	return d.FirstAdmin != "" && who.Verified && strings.EqualFold(who.Email, d.FirstAdmin)
}

// firstAdmin makes the configured person admin while nobody is.
func (d *Desk) firstAdmin(ctx context.Context, q *dbsqlc.Queries, p dbsqlc.StaffPerson, who claims, now time.Time) error {
	if !d.isFirstAdmin(who) {
		return nil
	}
	admins, err := q.ListStaffAdmins(ctx)
	if err != nil || len(admins) > 0 {
		return err
	}
	return d.grant(ctx, q, "configuration", p.ID, Admin, Group, now)
}

// Link makes a one-time link with which the session's person looks at a brand's site as staff: path on that site, with
// a token. It is good for a minute.
func (d *Desk) Link(ctx context.Context, s Session, brand, path string) (string, error) {
	if !s.Person.May(EnterAsStaff, brand) {
		return "", Refused{"You may not look at that site as staff."}
	}
	token, hash, err := d.secret()
	if err != nil {
		return "", err
	}
	err = pgx.BeginFunc(ctx, d.DB, func(tx pgx.Tx) error {
		q, now := dbsqlc.New(tx), d.Now().UTC()
		err := q.InsertStaffEntry(ctx, dbsqlc.InsertStaffEntryParams{TokenHash: hash, SessionID: s.ID, BrandID: brand, Path: LocalPath(path), ExpiresAt: now.Add(entryLife)})
		if err != nil {
			return err
		}
		return record.Add(ctx, q, record.Entry{At: now, Actor: s.Person.Email, Action: "site.enter", Target: "site:" + brand})
	})
	if err != nil {
		return "", fmt.Errorf("staff link: %w", err)
	}
	return EnterPath + "?token=" + token, nil
}

// EnterPath is where a brand's site takes a one-time link.
const EnterPath = site.StaffEntry

// Redeem takes a one-time link on a brand's site and returns whose it is and where to go. Refused says why not.
func (d *Desk) Redeem(ctx context.Context, token, brand string) (p Person, path string, err error) {
	q, now := dbsqlc.New(d.DB), d.Now().UTC()
	row, err := q.TakeStaffEntry(ctx, dbsqlc.TakeStaffEntryParams{TokenHash: hashOf(token), BrandID: brand})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !row.ExpiresAt.After(now) {
		return Person{}, "", Refused{"This link was used already, or is older than a minute. Please make a new one in the console."}
	}
	if err != nil {
		return Person{}, "", fmt.Errorf("staff link: %w", err)
	}
	current, err := q.GetStaffSessionByID(ctx, dbsqlc.GetStaffSessionByIDParams{ID: row.SessionID, Now: now})
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, "", Refused{"You have signed out of the console. Please sign in again."}
	}
	if err != nil {
		return Person{}, "", fmt.Errorf("staff link: %w", err)
	}
	if p, err = d.withGrants(ctx, q, current.StaffPerson); err != nil {
		return Person{}, "", err
	}
	if !p.May(EnterAsStaff, brand) {
		return Person{}, "", Refused{"You may not look at this site as staff."}
	}
	return p, row.Path, nil
}

// cut shortens text to at most n bytes, between letters.
func cut(text string, n int) string {
	if len(text) <= n {
		return strings.ToValidUTF8(text, "")
	}
	return strings.ToValidUTF8(text[:n], "")
}
