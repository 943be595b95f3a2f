package house

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/cms/local"
	"github.com/stagedoor/stagedoor/origin/cms/umbraco"
	contentpages "github.com/stagedoor/stagedoor/origin/console/content"
	"github.com/stagedoor/stagedoor/origin/console/deadletters"
	"github.com/stagedoor/stagedoor/origin/console/frame"
)

// EditorsPath is where the content system for local use answers, on the origin.
const EditorsPath = "/cms"

// openEditors makes the content system for local use, if there is to be one: it plays both real ones.
func (h *House) openEditors() {
	if !h.cfg.LocalContent {
		return
	}
	origin := strings.TrimSuffix(h.cfg.Edge.OriginURL, "/")
	header := cmp.Or(h.cfg.Umbraco.WebhookHeader, umbraco.DefaultHeader)
	token := first(h.cfg.Umbraco.WebhookTokens)
	if header == umbraco.DefaultHeader {
		token = "Bearer " + token
	}
	h.editors = local.New(local.Config{
		DB: h.db, Now: h.now, Logger: h.logger, URL: origin + EditorsPath,
		Contentful: local.Contentful{
			Space: h.cfg.Contentful.Space, Token: h.cfg.Contentful.Token, Secret: first(h.cfg.Contentful.WebhookSecrets), Webhook: origin + WebhookPath(cms.Contentful),
		},
		Umbraco: local.Umbraco{APIKey: h.cfg.Umbraco.APIKey, Header: header, Token: token, Webhook: origin + WebhookPath(cms.Umbraco)},
	})
}

// first is the first of some values by comma: the newest secret.
func first(list string) string {
	one, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(one)
}

// FillEditors puts what was seeded into the content system for local use, as entries that were there before anybody
// listened, and returns how many were written. The next sweep tells the house of them.
func (h *House) FillEditors(ctx context.Context) (int, error) {
	if h.editors == nil {
		return 0, nil
	}
	return h.editors.Fill(ctx)
}

// hearOfEditors has the systems swept at once if that has not been done since they were filled: what editors are about to
// write refers to what is there.
func (h *House) hearOfEditors(ctx context.Context) error {
	var stale []cms.Source
	rows, err := h.db.Query(ctx, `select s.source from cms_sweeps s, local_cms_fillings f where not s.running and s.next_at > $1 and (s.finished_at is null or s.finished_at < f.filled_at)`, h.now())
	if err == nil {
		stale, err = pgx.CollectRows(rows, pgx.RowTo[cms.Source])
	}
	if err != nil {
		return fmt.Errorf("which content systems are to be swept: %w", err)
	}
	for _, system := range h.content.Systems() {
		if slices.Contains(stale, system.Source()) {
			err = errors.Join(err, h.content.SweepSoon(ctx, system))
		}
	}
	return err
}

// letterPages are the console's pages about what editors write, and about what could not be worked on.
func (h *House) letterPages() []frame.Page {
	pages := (&deadletters.Pages{DB: h.db, Desk: h.content.Desk(), Retry: h.retry, Now: h.now, Logger: h.logger}).Pages()
	if h.editors != nil {
		pages = append(pages, (&contentpages.Pages{CMS: h.editors, Check: content.Check, Hear: h.hearOfEditors, DB: h.db, Indexed: h.indexed, Logger: h.logger}).Pages()...)
	}
	return pages
}

// retry hands a parked event to its consumer again.
func (h *House) retry(ctx context.Context, consumer string, event uuid.UUID) error {
	for _, c := range h.consumers() {
		if c.Name() == consumer {
			return c.Retry(ctx, event)
		}
	}
	return fmt.Errorf("%w: no consumer is called %q any more", bus.ErrNotParked, consumer)
}

// indexed is when search was last given a production's show; zero: never.
func (h *House) indexed(ctx context.Context, production uuid.UUID) (time.Time, error) {
	var at *time.Time
	err := h.db.QueryRow(ctx, `select looked_at from catalogue_shows where production_id = $1 and dirty_since is null`, production).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && at == nil {
		return time.Time{}, nil
	}
	return *at, err
}
