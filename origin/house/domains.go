package house

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/bus"
	"github.com/stagedoor/stagedoor/origin/cms/content"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/payment/domains"
)

// Domains keeps the sites' hostnames registered with the payment provider. It does not go through the breaker of sales:
// a provider that has trouble with hostnames may have none with money.
func (h *House) Domains() *domains.Keeper {
	return &domains.Keeper{DB: h.db, Registry: h.payments, Hosts: h.hostnames, Now: h.now, Logger: h.logger}
}

// hostnames are those that Site documents have, aliases too.
func (h *House) hostnames(ctx context.Context) ([]domains.Host, error) {
	found, err := h.Editor.Hostnames(ctx, edgeconfig.AllSites)
	if err != nil {
		return nil, err
	}
	hosts := make([]domains.Host, len(found))
	for i, f := range found {
		hosts[i] = domains.Host{Name: f.Name, BrandID: f.Site}
	}
	return hosts, nil
}

// noteHostnames has payments know which hostnames a site has now.
func (h *House) noteHostnames(ctx context.Context, tx pgx.Tx, event bus.Delivery) error {
	var fact content.SiteChanged
	if err := event.Decode(&fact); err != nil {
		return err
	}
	return h.Domains().SiteChanged(ctx, tx, fact.BrandID)
}
