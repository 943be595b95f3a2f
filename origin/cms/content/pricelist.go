package content

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/show"
)

type priceList struct {
	production cms.Ref
	currency   string
	prices     []dbsqlc.ListPricesOfProductionRow // sorted
}

// Bounds of a price list. An amount of a hundred thousand is a slip of the finger.
const (
	mostPrices = 2000
	mostAmount = 100_000_00
)

var tierID = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

func decodePriceList(r *reader) entry {
	type line struct {
		Tier, Band, Type string
		Amount           *int64
	}
	each(r, "name", text) // for colleagues alone
	p := priceList{production: one(each(r, "production", link)), currency: one(each(r, "currency", choice))}
	given := each(r, "prices", shaped[[]line])
	lines := one(given)
	if len(given.all()) > 0 && (len(lines) == 0 || len(lines) > mostPrices) {
		r.fault("prices", "", "must have 1 to %d lines", mostPrices)
		return p
	}
	seen := map[[3]string]bool{}
	for i, l := range lines {
		fault := func(format string, args ...any) {
			r.fault("prices", "", "line %d: "+format, append([]any{i + 1}, args...)...)
		}
		if l.Tier == "" {
			l.Tier = "standard"
		}
		if !tierID.MatchString(l.Tier) {
			fault("tier %q must be lower-case letters, such as standard or peak", l.Tier)
		}
		if !bandID.MatchString(l.Band) {
			fault("band %q must be a band of the plan, such as A", l.Band)
		}
		if !tierID.MatchString(l.Type) {
			fault("type %q must be a price type, such as adult", l.Type)
		}
		if l.Amount == nil || *l.Amount < 0 || *l.Amount > mostAmount {
			fault("amount must be in minor units, from 0 to %d", mostAmount)
			continue
		}
		key := [3]string{l.Tier, l.Band, l.Type}
		if seen[key] {
			fault("%s %s %s is there twice", l.Tier, l.Band, l.Type)
		}
		seen[key] = true
		p.prices = append(p.prices, dbsqlc.ListPricesOfProductionRow{Tier: l.Tier, Band: l.Band, PriceType: l.Type, Amount: *l.Amount})
	}
	for i, one := range p.prices {
		first := slices.IndexFunc(p.prices, func(o dbsqlc.ListPricesOfProductionRow) bool { return o.Tier == one.Tier && o.Band == one.Band }) == i
		if first && !seen[[3]string{one.Tier, one.Band, show.Adult}] {
			r.fault("prices", "", "tier %s, band %s has no price for adults", one.Tier, one.Band)
		}
	}
	slices.SortFunc(p.prices, comparePrices)
	return p
}

func comparePrices(a, b dbsqlc.ListPricesOfProductionRow) int {
	return strings.Compare(a.Tier+" "+a.Band+" "+a.PriceType, b.Tier+" "+b.Band+" "+b.PriceType)
}

// write takes the place of all prices of the production. Orders keep theirs. Performances whose tier has no price are
// not for sale (see settle).
func (p priceList) write(ctx context.Context, w *work, _ bool) (string, error) {
	id, err := w.referRow(ctx, "production", p.production, cms.Production)
	if err != nil {
		return "", err
	}
	played, err := w.q.LockProduction(ctx, id)
	if err != nil {
		return "", err
	}
	w.facts.brandID = played.BrandID
	if w.facts.domainID != "" && w.facts.domainID != id.String() {
		return "", w.invalid(Fault{Field: "production", Why: "can't change: make another price list for another production"})
	}
	if err := w.alone(ctx, "production", id.String(), "the price of "+played.Title); err != nil {
		return "", err
	}
	if err := p.known(ctx, w, played.BrandID); err != nil {
		return "", err
	}
	was, err := w.q.ListPricesOfProduction(ctx, id)
	if err != nil {
		return "", err
	}
	slices.SortFunc(was, comparePrices) // the database sorts by its own rules
	if slices.Equal(was, p.prices) {
		return id.String(), nil
	}
	if err := w.q.DropPrices(ctx, id); err != nil {
		return "", err
	}
	add := dbsqlc.AddPricesParams{ProductionID: id}
	for _, one := range p.prices {
		add.Tiers, add.Bands = append(add.Tiers, one.Tier), append(add.Bands, one.Band)
		add.PriceTypes, add.Amounts = append(add.PriceTypes, one.PriceType), append(add.Amounts, one.Amount)
	}
	if err := w.q.AddPrices(ctx, add); err != nil {
		return "", err
	}
	w.facts.touch(id)
	return id.String(), w.settle(ctx, id)
}

// known checks what only the database can tell.
func (p priceList) known(ctx context.Context, w *work, brandID string) error {
	var faults []Fault
	house, err := w.q.GetBrand(ctx, brandID)
	if err != nil {
		return err
	}
	if house.Currency != p.currency {
		faults = append(faults, Fault{Field: "currency", Why: fmt.Sprintf("is %s, and %s sells in %s", p.currency, house.Name, house.Currency)})
	}
	types, err := w.q.ListPriceTypes(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, t := range types {
		ids = append(ids, t.ID)
	}
	var told []string
	for _, one := range p.prices {
		if !slices.Contains(ids, one.PriceType) && !slices.Contains(told, one.PriceType) {
			told = append(told, one.PriceType)
			faults = append(faults, Fault{Field: "prices", Why: fmt.Sprintf("there is no price type %q; there are %s", one.PriceType, strings.Join(ids, ", "))})
		}
	}
	if len(faults) > 0 {
		return w.invalid(faults...)
	}
	return nil
}

// dropPriceList takes the prices away, and with them the production off sale.
func dropPriceList(ctx context.Context, w *work, domainID string) error {
	id, err := uuid.Parse(domainID)
	if err != nil {
		return err
	}
	played, err := w.q.LockProduction(ctx, id)
	if err != nil {
		return err
	}
	w.facts.brandID = played.BrandID
	if err := w.q.DropPrices(ctx, id); err != nil {
		return err
	}
	w.facts.touch(id)
	return w.settle(ctx, id)
}
