package customer

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
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

// farewellKept is how long the letter that confirms an erasure keeps the address it is for: until it is sent, and no longer.
const farewellKept = time.Hour

// Erase forgets who an address belongs to, at every theatre of the group: name and address leave the orders, the e-mails,
// the reservations, the facts that were told or could not be handled, and the record of who used promo codes. What was sold
// and paid stays. A mail confirms it, and loses the address within the hour: see Tend. Tickets go on admitting whoever has
// them. It returns how many orders there were.
//
// What remains is the stream of facts: those told before facts were without addresses leave it when they are 30 days old.
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
		// Nobody changes these orders, or writes a letter about them, until this is done. An order that is placed with the
		// address meanwhile is none of them: it keeps what it needs.
		orders, err := q.LockOrdersOfBuyer(ctx, email)
		if err != nil {
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
		d.step("the orders are known")
		if err := forgetFacts(ctx, tx, q, email); err != nil {
			return err
		}
		if err := q.ForgetPromoUser(ctx, orders); err != nil {
			return err
		}
		if erased, err = q.EraseBuyer(ctx, dbsqlc.EraseBuyerParams{Ids: orders, Now: d.now()}); err != nil {
			return err
		}
		if _, err := q.ForgetReservationsOf(ctx, email); err != nil {
			return err
		}
		if err := q.DeleteBuyerLinks(ctx, email); err != nil { // waits for letters that are written about them
			return err
		}
		if _, err := q.DeleteMailsTo(ctx, email); err != nil {
			return err
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		until := d.now().Add(farewellKept)
		_, err = q.AddMail(ctx, dbsqlc.AddMailParams{
			ID: id, BrandID: brandID, Recipient: email, Subject: letter.Subject, BodyHtml: letter.HTML, BodyText: letter.Text, ForgetAt: &until,
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	d.Logger.InfoContext(ctx, "a buyer was erased", "orders", erased)
	return int(erased), nil
}

// forgetFacts takes the address out of facts that were told with it. It reads all of the outbox: erasures are rare, and an
// index would cost every sale. Facts that could not be handled are kept as they came, so each is looked through.
func forgetFacts(ctx context.Context, tx pgx.Tx, q *dbsqlc.Queries, email string) error {
	_, err := tx.Exec(ctx, `
		update outbox set payload = jsonb_set(payload, '{email}', '""')
		where payload ? 'email' and lower(payload->>'email') = $1`, email)
	if err != nil {
		return err
	}
	failures, err := q.FailuresAboutBuyers(ctx)
	if err != nil {
		return err
	}
	address := addressPattern(email)
	for _, f := range failures {
		if !address.Match(f.Payload) && !address.MatchString(f.Reason) {
			continue
		}
		err := q.RedactFailure(ctx, dbsqlc.RedactFailureParams{
			Consumer: f.Consumer, EventID: f.EventID, Payload: address.ReplaceAll(f.Payload, nil), Reason: address.ReplaceAllString(f.Reason, "(erased)"),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addressPattern finds an address in any text, and as JSON writes it.
func addressPattern(email string) *regexp.Regexp {
	quoted, _ := json.Marshal(email) // of a string
	return regexp.MustCompile("(?i)" + regexp.QuoteMeta(email) + "|" + regexp.QuoteMeta(string(quoted[1:len(quoted)-1])))
}

// Tend takes the address off letters that have confirmed an erasure, until ctx ends. Any number of processes may tend.
func (d *Desk) Tend(ctx context.Context) {
	tick := time.NewTicker(5 * time.Minute)
	defer tick.Stop()
	for {
		if err := d.Forget(ctx); err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "letters that confirm an erasure keep their address for longer", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Forget is one round of Tend.
func (d *Desk) Forget(ctx context.Context) error {
	if _, err := dbsqlc.New(d.DB).ForgetRecipients(ctx, d.now()); err != nil {
		return fmt.Errorf("customer: forget recipients: %w", err)
	}
	return nil
}
