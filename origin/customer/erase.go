package customer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// UnfinishedError: orders are under way that need an address to write to: money is to be paid or on its way back.
type UnfinishedError struct{ Orders []string }

func (e *UnfinishedError) Error() string {
	return "customer: under way: " + strings.Join(e.Orders, ", ")
}

// ComingError: there are tickets for performances to come, and nobody confirmed that they may lose the way to them.
type ComingError struct{ Orders []string }

func (e *ComingError) Error() string {
	return "customer: still to come: " + strings.Join(e.Orders, ", ")
}

// Business is what stands in the way of an erasure.
type Business struct {
	Unfinished []string // numbers of orders: it has to wait for these
	Coming     []string // for these it must be confirmed
}

// BusinessOf is that of an address, at every theatre.
func (d *Desk) BusinessOf(ctx context.Context, email string) (Business, error) {
	return d.business(ctx, dbsqlc.New(d.DB), email)
}

func (d *Desk) business(ctx context.Context, q *dbsqlc.Queries, email string) (Business, error) {
	var b Business
	var err error
	// No performance is after the year 9999: what is left is under way.
	if b.Unfinished, err = q.OpenBusiness(ctx, dbsqlc.OpenBusinessParams{Email: email, Now: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}); err != nil {
		return b, fmt.Errorf("customer: orders under way: %w", err)
	}
	all, err := q.OpenBusiness(ctx, dbsqlc.OpenBusinessParams{Email: email, Now: d.now()})
	if err != nil {
		return b, fmt.Errorf("customer: orders to come: %w", err)
	}
	waits := map[string]bool{}
	for _, number := range b.Unfinished {
		waits[number] = true
	}
	for _, number := range all {
		if !waits[number] {
			b.Coming = append(b.Coming, number)
		}
	}
	return b, nil
}

// Count is how many orders an address has, at every theatre.
func (d *Desk) Count(ctx context.Context, email string) (int, error) {
	var n int
	err := d.DB.QueryRow(ctx, `select count(*) from orders where lower(buyer_email) = $1`, email).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("customer: orders: %w", err)
	}
	return n, nil
}

// Erase forgets who an address belongs to, at every theatre of the group: name and address leave the orders, the e-mails,
// the reservations, the facts that were told and the record of who used promo codes. What was sold and paid stays. A mail
// confirms it. Tickets go on admitting whoever has them. It returns how many orders there were.
//
// Errors: *UnfinishedError; *ComingError unless confirmed.
func (d *Desk) Erase(ctx context.Context, brandID, email string, confirmed bool) (int, error) {
	email, err := Normalise(email)
	if err != nil {
		return 0, err
	}
	letter, err := d.Farewell(ctx, brandID)
	if err != nil {
		return 0, err
	}
	erased := int64(0)
	err = d.in(ctx, "erase", func(tx pgx.Tx, q *dbsqlc.Queries) error {
		if err := q.LockBuyerLinks(ctx, email); err != nil {
			return err
		}
		// Nobody changes these orders, or places another with the address, unseen: those are locked, this is read after.
		if _, err := tx.Exec(ctx, `select 1 from orders where lower(buyer_email) = $1 order by id desc for no key update`, email); err != nil {
			return err
		}
		b, err := d.business(ctx, q, email)
		switch {
		case err != nil:
			return err
		case len(b.Unfinished) > 0:
			return &UnfinishedError{b.Unfinished}
		case len(b.Coming) > 0 && !confirmed:
			return &ComingError{b.Coming}
		}
		if err := forgetFacts(ctx, tx, email); err != nil {
			return err
		}
		if err := q.ForgetPromoUser(ctx, email); err != nil {
			return err
		}
		if erased, err = q.EraseBuyer(ctx, dbsqlc.EraseBuyerParams{Email: email, Pseudonym: "", Now: d.now()}); err != nil {
			return err
		}
		if _, err := q.ForgetReservationsOf(ctx, email); err != nil {
			return err
		}
		if _, err := q.DeleteMailsTo(ctx, email); err != nil {
			return err
		}
		if err := q.DeleteBuyerLinks(ctx, email); err != nil {
			return err
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		_, err = q.AddMail(ctx, dbsqlc.AddMailParams{ID: id, BrandID: brandID, Recipient: email, Subject: letter.Subject, BodyHtml: letter.HTML, BodyText: letter.Text})
		return err
	})
	if err != nil {
		return 0, err
	}
	d.Logger.InfoContext(ctx, "a buyer was erased", "orders", erased)
	return int(erased), nil
}

// forgetFacts takes the address out of facts in the outbox. It reads all of it: erasures are rare, and an index would
// cost every sale.
func forgetFacts(ctx context.Context, tx pgx.Tx, email string) error {
	_, err := tx.Exec(ctx, `
		update outbox set payload = jsonb_set(payload, '{email}', '""')
		where payload ? 'email' and lower(payload->>'email') = $1`, email)
	return err
}
