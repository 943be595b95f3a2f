package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// attempts are how often a webhook is tried: Contentful's first and two more, Umbraco's first and five more.
func attempts(s cms.Source) int {
	if s == cms.Contentful {
		return 3
	}
	return 6
}

const (
	answerKept = 4000             // bytes of an answer
	look       = time.Second      // between looks for what other processes enqueued, or what is due
	lease      = 90 * time.Second // longer than an attempt takes
	keepFor    = 14 * 24 * time.Hour
)

// Run sends webhooks until ctx ends. Any number of processes may.
func (c *CMS) Run(ctx context.Context) {
	pruned := time.Time{}
	for ctx.Err() == nil {
		sent, err := c.sendDue(ctx)
		if err != nil && ctx.Err() == nil {
			c.Logger.WarnContext(ctx, "the local CMS can't send webhooks for now", "error", err)
		}
		if now := c.Now(); err == nil && now.Sub(pruned) > time.Hour {
			pruned = now
			_, _ = c.DB.Exec(ctx, `delete from local_cms_deliveries where created_at < $1 and state not in ('waiting', 'held')`, now.Add(-keepFor))
		}
		if sent > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-time.After(look):
		}
	}
}

// due is a webhook that is to be sent now.
type due struct {
	id       uuid.UUID
	source   cms.Source
	headers  map[string]string
	body     []byte
	attempts int
}

// sendDue sends what is due, one after the other.
func (c *CMS) sendDue(ctx context.Context) (int, error) {
	// The lease keeps others away while it is on its way; a process that dies on it leaves it to them after a while.
	const claim = `update local_cms_deliveries d set next_at = $1::timestamptz + make_interval(secs => $2) where d.id = (
			select id from local_cms_deliveries where state = 'waiting' and next_at <= $1 order by turn limit 1 for update skip locked)
		returning d.id, d.source, d.headers, d.body, d.attempts`
	for sent := 0; ; sent++ {
		var d due
		var headers []byte
		err := c.DB.QueryRow(ctx, claim, c.now(), lease.Seconds()).Scan(&d.id, &d.source, &headers, &d.body, &d.attempts)
		if err == pgx.ErrNoRows {
			return sent, nil
		}
		if err != nil {
			return sent, fmt.Errorf("claim a webhook: %w", err)
		}
		d.headers = readHeaders(headers)
		if err := c.attempt(ctx, d); err != nil {
			return sent, err
		}
	}
}

// attempt sends a webhook and writes down what came back.
func (c *CMS) attempt(ctx context.Context, d due) error {
	began := c.now()
	status, answer, headers := c.post(ctx, d)
	if ctx.Err() != nil {
		return ctx.Err() // the house closes: it is tried again when it opens
	}
	took := c.Now().Sub(began)
	state, number := stateWaiting, d.attempts+1
	if status >= 200 && status < 300 {
		state = stateDelivered
	} else if number >= attempts(d.source) || !again(d.source, status) {
		state = stateFailed
	}
	now := c.now()
	var finished *time.Time
	if state != stateWaiting {
		finished = &now
	}
	err := pgx.BeginFunc(ctx, c.DB, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into local_cms_attempts (delivery_id, number, made_at, took_ms, status, answer, headers) values ($1, $2, $3, $4, $5, $6, $7)`,
			d.id, number, began, max(0, took.Milliseconds()), status, answer, []byte(encode(headers))); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update local_cms_deliveries set attempts = $2, state = $3, next_at = $4, finished_at = $5 where id = $1`,
			d.id, number, state, now.Add(c.Pause(d.source, number)), finished)
		return err
	})
	if err != nil {
		return fmt.Errorf("note what came of a webhook: %w", err)
	}
	return nil
}

// again reports whether a system tries again after such an answer; 0 is none.
func again(s cms.Source, status int) bool {
	return s == cms.Umbraco || status == 0 || status == http.StatusTooManyRequests || status >= 500
}

// post sends a webhook. Without an answer the status is 0 and the answer says why.
func (c *CMS) post(ctx context.Context, d due) (status int, answer string, sent map[string]string) {
	address := c.Contentful.Webhook
	if d.source == cms.Umbraco {
		address = c.Umbraco.Webhook
	}
	sent = map[string]string{}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(d.body))
	if err != nil {
		return 0, err.Error(), sent
	}
	for name, value := range d.headers {
		r.Header.Set(name, value)
	}
	if d.source == cms.Umbraco {
		r.Header.Set(umbracoRetries, fmt.Sprint(d.attempts))
		r.Header.Set(umbracoDate, c.Now().UTC().Format(http.TimeFormat))
		r.Header.Set(c.Umbraco.Header, c.Umbraco.Token)
	} else {
		sign(c.Contentful.Secret, r.Method, r.URL.RequestURI(), r.Header, d.body, c.Now())
	}
	for name := range r.Header {
		sent[name] = secretless(name, r.Header.Get(name))
	}
	if d.source == cms.Umbraco {
		sent[c.Umbraco.Header] = "…"
	}
	res, err := c.Client.Do(r)
	if err != nil {
		return 0, "no answer: " + err.Error(), sent
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, answerKept))
	if err != nil && len(text) == 0 {
		text = []byte("its body broke off: " + err.Error())
	}
	return res.StatusCode, storable(text), sent
}
