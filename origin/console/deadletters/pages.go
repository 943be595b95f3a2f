// Package deadletters is where what could not be worked on is looked after: deliveries of content systems that can't be
// applied, and events that a consumer could not handle. Each can be read with its error, corrected (how it came is
// kept), tried again, one or many, and dropped with a reason.
package deadletters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stagedoor/stagedoor/origin/cms/intake"
	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/staff"
)

// Pages are those of dead letters.
type Pages struct {
	DB   *pgxpool.Pool
	Desk *intake.Desk
	// Retry hands a parked event to its consumer again, now: bus.ErrNotParked when there is none.
	Retry  func(ctx context.Context, consumer string, event uuid.UUID) error
	Now    func() time.Time
	Logger *slog.Logger
}

const (
	home = "/dead-letters"
	// mostAtOnce is how many one click concerns: each is handled before the answer.
	mostAtOnce = 200
	// mostBody is how large a corrected payload may be: a seating plan is.
	mostBody = 8 << 20
	perPage  = 50
)

// Pages lists them. Dead letters are of the whole house, so it takes a role on all sites to see them.
func (p *Pages) Pages() []frame.Page {
	see := func(route string, serve func(*frame.Visit) error) frame.Page {
		return frame.Page{Route: "GET " + home + route, Action: staff.SeeDeadLetters, Serve: whole(staff.SeeDeadLetters, serve)}
	}
	change := func(route string, serve func(*frame.Visit) error) frame.Page {
		return frame.Page{Route: "POST " + home + route, Action: staff.ChangeDeadLetters, Serve: whole(staff.ChangeDeadLetters, serve), MaxBody: mostBody, Timeout: 2 * time.Minute}
	}
	list := see("", p.list)
	list.Menu = &frame.Menu{Label: "Dead letters", Order: 75}
	return []frame.Page{
		list, change("", p.many),
		see("/deliveries/{id}", p.delivery), change("/deliveries/{id}", p.decideDelivery),
		see("/events/{consumer}/{id}", p.event), change("/events/{consumer}/{id}", p.decideEvent),
	}
}

// whole asks for a role on all sites and, before anything is changed, for proof that it is still them.
func whole(action staff.Action, serve func(*frame.Visit) error) func(*frame.Visit) error {
	return func(v *frame.Visit) error {
		if !v.May(action, staff.Group) {
			return frame.ErrForbidden
		}
		if action == staff.ChangeDeadLetters && !v.Fresh() {
			return frame.ErrStepUp
		}
		return serve(v)
	}
}

// Count is how many deliveries and events stand aside.
func Count(ctx context.Context, db *pgxpool.Pool) (n int, err error) {
	const sql = `select (select count(*) from cms_deliveries where state = 'parked') + (select count(*) from bus_failures where parked_at is not null)`
	if err := db.QueryRow(ctx, sql).Scan(&n); err != nil {
		return 0, fmt.Errorf("count dead letters: %w", err)
	}
	return n, nil
}

type listView struct {
	Deliveries []intake.Parcel
	Waiting    bool  // those that wait for an entry are shown, too
	Older      int64 // the ID before which the next page of deliveries begins; 0: there is none
	Events     []event
	OlderEvent string // where the next page of events begins; "": there is none
	Change     bool
	Prove      bool
}

func (p *Pages) list(v *frame.Visit) error {
	r := v.Request()
	view := listView{Waiting: r.FormValue("waiting") == "yes", Change: v.May(staff.ChangeDeadLetters, staff.Group)}
	view.Prove = view.Change && !v.Fresh()
	before, err := strconv.ParseInt(r.FormValue("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	if view.Deliveries, err = p.Desk.Parked(v.Context(), p.DB, intake.Filter{Waiting: view.Waiting, Before: before, Most: perPage + 1}); err != nil {
		return err
	}
	if len(view.Deliveries) > perPage {
		view.Deliveries = view.Deliveries[:perPage]
		view.Older = view.Deliveries[perPage-1].ID
	}
	view.Events, view.OlderEvent, err = p.parkedEvents(v.Context(), r.FormValue("after"))
	if err != nil {
		return err
	}
	return v.Show("Dead letters", listPage(v, view))
}

// many replays or drops what is ticked.
func (p *Pages) many(v *frame.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	chosen := form["letter"]
	drop, reason := form.Get("do") == "drop", strings.TrimSpace(form.Get("reason"))
	switch {
	case len(chosen) == 0:
		return v.Done(home, frame.Warn("Tick what it is about first."))
	case len(chosen) > mostAtOnce:
		return staff.Refused{Reason: fmt.Sprintf("At most %d at once.", mostAtOnce)}
	case drop && reason == "":
		return v.Done(home, frame.Warn("Nothing was dropped: say why first."))
	}
	done, gone := 0, 0
	var failed []string
	for _, text := range chosen {
		err := p.one(v, text, drop, reason)
		switch {
		case errors.Is(err, errGone):
			gone++
		case err != nil && v.Context().Err() != nil:
			return err
		case err != nil:
			p.Logger.WarnContext(v.Context(), "a dead letter could not be replayed", "letter", text, "error", err)
			failed = append(failed, err.Error())
		default:
			done++
		}
	}
	return v.Done(home, summary(drop, done, gone, failed))
}

// errGone says that somebody else decided first.
var errGone = errors.New("it does not stand aside any more")

// one does with one letter what the form says: "delivery:12" or "event:consumer:id".
func (p *Pages) one(v *frame.Visit, letter string, drop bool, reason string) error {
	kind, rest, _ := strings.Cut(letter, ":")
	if kind == "delivery" {
		id, err := strconv.ParseInt(rest, 10, 64)
		if err != nil {
			return frame.ErrNotFound
		}
		if drop {
			return p.dropDelivery(v, id, reason)
		}
		return p.replayDelivery(v, id)
	}
	at := strings.LastIndexByte(rest, ':')
	if kind != "event" || at < 0 {
		return frame.ErrNotFound
	}
	id, err := uuid.Parse(rest[at+1:])
	if err != nil {
		return frame.ErrNotFound
	}
	if drop {
		return p.dropEvent(v, rest[:at], id, reason)
	}
	return p.replayEvent(v, rest[:at], id)
}

func summary(drop bool, done, gone int, failed []string) frame.Flash {
	verb := "replayed"
	if drop {
		verb = "dropped"
	}
	text := things(done) + " " + verb + "."
	if gone > 0 {
		text += " " + things(gone) + " did not stand aside any more."
	}
	if len(failed) > 0 {
		return frame.Warn(text + " " + things(len(failed)) + " failed again and still stand here: " + failed[0])
	}
	return frame.Good(text)
}

func things(n int) string {
	if n == 1 {
		return "1 letter"
	}
	return frame.Number(n) + " letters"
}
