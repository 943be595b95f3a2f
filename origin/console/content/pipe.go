package content

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/console/frame"
)

// trace is how far the newest public change of an entry has come.
type trace struct {
	Steps []step
	// Going says that it may still come further by itself: the page looks again.
	Going bool
	Round int
}

// step is one part of the way.
type step struct {
	Name  string
	State string // done, going, failed, "": not yet
	About string
	Link  string // where to look after it; "" nowhere
}

// rounds are how often a page looks again by itself, once a second.
const rounds = 120

// traceOf follows an entry through the listener's tables.
func (p *Pages) traceOf(ctx context.Context, e local.Entry) (trace, error) {
	var t trace
	if e.Revision == 0 {
		return t, nil
	}
	told, err := p.told(ctx, e)
	if err != nil {
		return t, err
	}
	applied, domain, err := p.applied(ctx, e)
	if err != nil {
		return t, err
	}
	if applied.State == "done" && told[1].State != "done" { // the sweep, or a webhook sent again, came first
		told[0].State, told[1].State, told[1].About = "done", "done", "By the sweep, which asks the system from time to time."
	}
	t.Steps = append(told, applied)
	if e.Kind == cms.Production && e.Published != nil {
		found, err := p.searched(ctx, applied.State == "done", domain, e)
		if err != nil {
			return t, err
		}
		t.Steps = append(t.Steps, found)
	}
	for _, s := range t.Steps {
		if s.State == "failed" {
			t.Going = false
			break
		}
		t.Going = t.Going || s.State != "done"
	}
	return t, nil
}

// told is what the system's log says of the newest webhook that the public could notice.
func (p *Pages) told(ctx context.Context, e local.Entry) ([]step, error) {
	list, err := p.CMS.Deliveries(ctx, e.Key, []string{e.Brand}, true, 20)
	if err != nil {
		return nil, err
	}
	sent, accepted := step{Name: "Told"}, step{Name: "Accepted"}
	for _, d := range list {
		if !public(d.Topic) || d.CreatedAt.Before(lastPublic(e)) {
			continue
		}
		sent.Link = webhookAddress(e, d)
		switch d.State {
		case "delivered":
			sent.State, accepted.State = "done", "done"
			accepted.About = fmt.Sprintf("Answered %d.", d.LastStatus)
		case "failed":
			sent.State, accepted.State, accepted.About, accepted.Link = "done", "failed", "The listener did not take it. The sweep will find it.", sent.Link
		case "lost":
			sent.State, sent.About = "going", "A rehearsal lost this webhook. The sweep will find what it would have said."
		default:
			sent.State, sent.About = "going", "On its way."
			if d.Attempts > 0 {
				sent.About = fmt.Sprintf("Tried %d times; the next attempt is soon.", d.Attempts)
			}
		}
		return []step{sent, accepted}, nil
	}
	sent.About = "Nothing was sent of it: the sweep tells the house."
	return []step{sent, accepted}, nil
}

// lastPublic is when what everybody may see of the entry last changed.
func lastPublic(e local.Entry) time.Time {
	if e.Published != nil {
		return e.PublishedAt
	}
	return e.CreatedAt
}

// applied is what the listener has made of it, and the row that the entry is in the house.
func (p *Pages) applied(ctx context.Context, e local.Entry) (step, string, error) {
	s := step{Name: "Applied"}
	var state, reason, waits string
	var id int64
	err := p.DB.QueryRow(ctx, `select id, state, reason, waits_for from cms_deliveries where source = $1 and entry_id = $2 and state in ('due', 'waiting', 'parked') order by id desc limit 1`, e.Source, e.ID).
		Scan(&id, &state, &reason, &waits)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return s, "", fmt.Errorf("console: where a delivery is: %w", err)
	}
	switch state {
	case "parked":
		s.State, s.About, s.Link = "failed", "Set aside, because it can’t be applied: "+reason, fmt.Sprintf("/dead-letters/deliveries/%d", id)
		return s, "", nil
	case "waiting", "due":
		far, err := p.importingOf(ctx, e.Source, waits)
		if s.State, s.About = "going", far.inLine(); state == "waiting" {
			s.About = far.waits(waits)
		}
		return s, "", err
	}
	var at time.Time
	var domain *string
	err = p.DB.QueryRow(ctx, `select stamp_at, domain_id from cms_entries where source = $1 and entry_id = $2`, e.Source, e.ID).Scan(&at, &domain)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, "", nil
	}
	if err != nil {
		return s, "", fmt.Errorf("console: what was applied: %w", err)
	}
	if at.Before(lastPublic(e).Truncate(time.Millisecond)) { // Contentful tells milliseconds
		return s, "", nil
	}
	s.State = "done"
	if domain != nil {
		return s, *domain, nil
	}
	return s, "", nil
}

// searched says whether search has been given the show since.
func (p *Pages) searched(ctx context.Context, applied bool, domain string, e local.Entry) (step, error) {
	s := step{Name: "Found by search"}
	production, err := uuid.Parse(domain)
	if !applied || err != nil || p.Indexed == nil {
		return s, nil
	}
	at, err := p.Indexed(ctx, production)
	if err != nil {
		s.About = "Search does not answer just now."
		return s, nil
	}
	if !at.IsZero() && !at.Before(e.PublishedAt.Truncate(time.Millisecond)) {
		s.State = "done"
	}
	return s, nil
}

// pipe is the part of an entry's page that looks again.
func (p *Pages) pipe(v *frame.Visit) error {
	e, err := p.entry(v)
	if err != nil {
		return err
	}
	t, err := p.traceOf(v.Context(), e)
	if err != nil {
		return err
	}
	t.Round = min(atoi(v.Request().FormValue("round"))+1, rounds)
	return v.Part(pipePart(e, t))
}
