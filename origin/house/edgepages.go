package house

import (
	"context"
	"slices"

	"github.com/stagedoor/stagedoor/origin/console/frame"
	"github.com/stagedoor/stagedoor/origin/console/redirects"
	"github.com/stagedoor/stagedoor/origin/console/settings"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
)

// edgePages are the console's pages about what the edge does: redirects and site settings.
func (h *House) edgePages() []frame.Page {
	fetch := settings.HTTPFetch(h.cfg.Edge.client(), h.cfg.Edge.address)
	return slices.Concat(
		(&redirects.Pages{DB: h.db, Editor: h.Editor, Importer: h.importer, Publish: h.publish, Logger: h.logger}).Pages(),
		(&settings.Pages{Editor: h.Editor, Publish: h.publish, Drop: h.caches.Drop, Fetch: fetch, Domains: h.Domains(), Logger: h.logger}).Pages(),
	)
}

// publish makes what was changed known to the edge.
func (h *House) publish(ctx context.Context) error {
	_, err := h.Publisher.Publish(ctx, edgeconfig.Options{})
	return err
}
