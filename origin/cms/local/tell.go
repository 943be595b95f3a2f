package local

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// What a rehearsal does to a webhook.
const (
	faultLost       = "lost"
	faultDuplicate  = "duplicate"
	faultDelayed    = "delayed"
	faultOvertaken  = "overtaken"
	stateWaiting    = "waiting"
	stateHeld       = "held" // until the next one is on its way
	stateDelivered  = "delivered"
	stateFailed     = "failed"
	stateLost       = "lost"
	contentfulHooks = "Stagedoor listener" // the name of the webhook in the space's settings
)

// tell has what happened to an entry told to the listener, if its system tells that at all.
func (c *CMS) tell(ctx context.Context, tx pgx.Tx, e, before Entry, action string) error {
	s, err := readSettings(ctx, tx, e.Source)
	if err != nil {
		return err
	}
	var topic string
	var body []byte
	headers := map[string]string{}
	if e.Source == cms.Contentful {
		topic, body = c.contentfulHook(e, before, action)
		headers["Content-Type"], headers[contentfulTopic], headers[contentfulName] = contentfulType, topic, contentfulHooks
	} else {
		if topic, body, err = c.umbracoHook(ctx, tx, s, e, action); err != nil || topic == "" {
			return err
		}
		headers["Content-Type"], headers[umbracoEvent] = "application/json; charset=utf-8", topic
		headers["User-Agent"] = fmt.Sprintf("Umbraco-Cms/%d.0.0", s.Generation)
	}
	changed, err := c.enqueue(ctx, tx, e.Key, topic, headers, body, s)
	if err != nil || changed == s {
		return err
	}
	return writeSettings(ctx, tx, e.Source, changed)
}

// contentfulHook is the topic and the body of what Contentful sends, which is something for every action.
func (c *CMS) contentfulHook(e, before Entry, action string) (string, []byte) {
	topic := "ContentManagement.Entry." + action
	switch action {
	case actionRevert:
		return "ContentManagement.Entry.save", encode(c.managed(e))
	case actionPublish:
		return topic, encode(c.public(e))
	case actionUnpublish, actionDelete:
		if e.Revision == 0 { // it was never public
			e.Revision = before.Revision
		}
		return topic, encode(c.gone(e))
	}
	return topic, encode(c.managed(e))
}

// umbracoHook is the event and the body of what Umbraco sends, "" when nothing is: its webhook is set up for what is
// published, unpublished and deleted.
func (c *CMS) umbracoHook(ctx context.Context, tx pgx.Tx, s Settings, e Entry, action string) (string, []byte, error) {
	wire := casing(s.Generation)
	only := wire.object("id", e.ID)
	event := func(name string) string {
		if s.Documented {
			name += map[string]string{"ContentPublish": "ed", "ContentUnpublish": "ed", "ContentDelete": "d"}[name]
		}
		return "Umbraco." + name
	}
	switch action {
	case actionUnpublish:
		return event("ContentUnpublish"), encode(only), nil
	case actionDelete:
		return event("ContentDelete"), encode(only), nil
	case actionPublish:
		if s.Payload == Minimal {
			return event("ContentPublish"), encode(only), nil
		}
		others, err := c.published(ctx, tx, cms.Umbraco, e.links())
		if err != nil {
			return "", nil, err
		}
		first := Locales(cms.Umbraco)[0]
		if s.Payload == Extended {
			return event("ContentPublish"), encode(wire.extended(e, first, others)), nil
		}
		return event("ContentPublish"), encode(wire.item(e, first, others, false)), nil
	}
	return "", nil, nil
}

// enqueue writes down what is to be sent, and what a rehearsal wants of it. It returns the settings with what is left of
// the rehearsal.
func (c *CMS) enqueue(ctx context.Context, tx pgx.Tx, key Key, topic string, headers map[string]string, body []byte, s Settings) (Settings, error) {
	now := c.now()
	state, fault, next, copies := stateWaiting, "", now, 1
	switch {
	case s.Lose > 0:
		s.Lose, state, fault = s.Lose-1, stateLost, faultLost
	case s.Duplicate > 0:
		s.Duplicate, copies, fault = s.Duplicate-1, 2, faultDuplicate
	case s.Delay > 0:
		s.Delay, fault, next = s.Delay-1, faultDelayed, now.Add(time.Duration(s.DelayFor)*time.Second)
	case s.Reorder > 0:
		s.Reorder, state, fault = s.Reorder-1, stateHeld, faultOvertaken
	}
	for range copies {
		id, err := uuid.NewV7()
		if err != nil {
			return s, err
		}
		const sql = `insert into local_cms_deliveries (id, turn, source, entry_id, topic, headers, body, state, fault, created_at, next_at, finished_at)
			values ($1, nextval('local_cms_changes'), $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $7 = 'lost' then $9::timestamptz end)`
		if _, err := tx.Exec(ctx, sql, id, key.Source, key.ID, topic, []byte(encode(headers)), body, state, fault, now, next); err != nil {
			return s, fmt.Errorf("cms/local: enqueue a webhook: %w", err)
		}
	}
	if state == stateWaiting { // what waited to be overtaken has been
		const sql = `update local_cms_deliveries set state = 'waiting', turn = nextval('local_cms_changes'), next_at = $2 where source = $1 and state = 'held'`
		if _, err := tx.Exec(ctx, sql, key.Source, next); err != nil {
			return s, fmt.Errorf("cms/local: release a webhook: %w", err)
		}
	}
	return s, nil
}

// SendAgain has a webhook sent once more, as it was: its body and its headers, signed anew.
func (c *CMS) SendAgain(ctx context.Context, id uuid.UUID) (uuid.UUID, error) {
	again, err := uuid.NewV7()
	if err != nil {
		return again, err
	}
	const sql = `insert into local_cms_deliveries (id, turn, source, entry_id, topic, headers, body, state, again_of, created_at, next_at)
		select $2, nextval('local_cms_changes'), source, entry_id, topic, headers, body, 'waiting', id, $3, $3 from local_cms_deliveries where id = $1`
	tag, err := c.DB.Exec(ctx, sql, id, again, c.now())
	if err == nil && tag.RowsAffected() == 0 {
		return again, ErrNotFound
	}
	if err != nil {
		return again, fmt.Errorf("cms/local: send again: %w", err)
	}
	c.ring()
	return again, nil
}

// readHeaders reads what enqueue wrote.
func readHeaders(text []byte) map[string]string {
	headers := map[string]string{}
	_ = json.Unmarshal(text, &headers) // enqueue wrote it
	return headers
}

// secretless hides from the log what only the listener may know.
func secretless(name, value string) string {
	if strings.EqualFold(name, "Authorization") || strings.Contains(strings.ToLower(name), "token") {
		return "…"
	}
	return value
}
