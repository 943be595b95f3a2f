package content

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/origin/promo"
)

type promotion struct {
	name                         string
	brand, production            cms.Ref
	startsAt, endsAt             time.Time
	headline, message, linkWords words[string]
	linkPath                     string
	code                         promo.Code // without brand, production and currency; Code "" for none
}

func decodePromotion(r *reader) entry {
	p := promotion{
		name: one(each(r, "name", text)), brand: one(each(r, "brand", link)), production: one(each(r, "production", link)),
		startsAt: one(each(r, "startsAt", instant)), endsAt: one(each(r, "endsAt", instant)),
		headline: each(r, "headline", text), message: each(r, "message", text), linkWords: each(r, "linkText", text),
		linkPath: one(each(r, "linkPath", text)),
	}
	p.code = promo.Code{
		Code: promo.Normalise(one(each(r, "code", text))), About: p.name, Rate: int64(math.Round(one(each(r, "percentOff", number)) * 10_000)),
		Amount: one(each(r, "amountOff", integer)), MostUses: int(one(each(r, "mostUses", integer))),
		MostPerEmail: int(one(each(r, "mostPerEmail", integer))), Stackable: one(each(r, "stackable", boolean)),
		StartsAt: p.startsAt, EndsAt: p.endsAt,
	}
	if !p.endsAt.IsZero() && !p.startsAt.IsZero() && !p.endsAt.After(p.startsAt) {
		r.fault("endsAt", "", "must be after the beginning")
	}
	if p.linkPath != "" && !isPath(p.linkPath) {
		r.fault("linkPath", "", "must be a path on the site, such as /shows/hamlet")
	}
	if len(p.headline.all()) == 0 && p.code.Code == "" {
		r.fault("headline", "", "must be filled in, or else a promo code: a promotion is one or the other, or both")
	}
	if p.code.Code != "" {
		p.rules(r)
	}
	return p
}

// isPath reports whether a browser stays on the site with a link. It drops tabs and line ends from one before it reads it,
// so that /<tab>/elsewhere would lead elsewhere.
func isPath(link string) bool {
	return strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") && !strings.Contains(link, "\\") &&
		!strings.ContainsFunc(link, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) })
}

// promoFields are the fields by what package promo calls them.
var promoFields = map[string]string{"code": "code", "about": "name", "off": "percentOff", "starts_at": "startsAt", "ends_at": "endsAt", "most_uses": "mostUses", "most_per_email": "mostPerEmail"}

// rules holds the code to the rules of promo codes, as far as they don't depend on the brand.
func (p promotion) rules(r *reader) {
	c := p.code
	c.BrandID = "any"
	if c.Amount > 0 {
		c.Currency = "GBP" // whichever: the brand's is asked for later
	}
	var invalid *promo.InvalidError
	if !errors.As(c.Validate(), &invalid) {
		return
	}
	for _, field := range slices.Sorted(slices.Values(keys(invalid.Faults))) {
		if name, ours := promoFields[field]; ours && !slices.ContainsFunc(r.faults, func(f Fault) bool { return f.Field == name }) {
			r.fault(name, "", "%s", invalid.Faults[field])
		}
	}
}

// write makes the banner and the code of the entry, or changes them.
func (p promotion) write(ctx context.Context, w *work, _ bool) (string, error) {
	brandID, err := w.refer(ctx, "brand", p.brand, cms.Brand)
	if err != nil {
		return "", err
	}
	var production uuid.UUID
	if p.production.ID != "" {
		if production, err = w.referRow(ctx, "production", p.production, cms.Production); err != nil {
			return "", err
		}
		played, err := w.q.GetProduction(ctx, production)
		if err != nil {
			return "", err
		}
		if played.BrandID != brandID {
			return "", w.invalid(Fault{Field: "production", Why: played.Title + " is sold by " + played.BrandID + ", not by the promotion's brand"})
		}
	}
	house, err := w.q.GetBrand(ctx, brandID)
	if err != nil {
		return "", err
	}
	w.facts.brandID = brandID
	code := p.code
	code.BrandID, code.ProductionID = brandID, production
	if code.Amount > 0 {
		code.Currency = house.Currency
	}
	promoID, err := w.putCode(ctx, code)
	if err != nil {
		return "", err
	}
	id := identify(w.change.Source, w.change.ID, "promotion")
	return id.String(), w.q.PutPromotion(ctx, dbsqlc.PutPromotionParams{
		ID: id, Source: string(w.change.Source), EntryID: w.change.ID, BrandID: brandID, ProductionID: optionalID(production),
		StartsAt: p.startsAt, EndsAt: optionalTime(p.endsAt), Headline: p.headline.in(house.Locale), Message: p.message.in(house.Locale),
		LinkText: p.linkWords.in(house.Locale), LinkPath: p.linkPath, PromoID: optionalID(promoID),
	})
}

// maker is how a code says that an entry made it. A code stays when its entry goes, for the orders that came with it.
func (w *work) maker() string { return "cms:" + string(w.change.Source) + ":" + w.change.ID }

// putCode makes or changes the entry's promo code; code.Code "" pauses the one there was. The zero ID is none.
func (w *work) putCode(ctx context.Context, code promo.Code) (uuid.UUID, error) {
	was, err := w.q.PromoOfMaker(ctx, w.maker())
	made := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, err
	}
	if code.Code == "" {
		return uuid.Nil, w.pauseCode(ctx)
	}
	if made && was.Code != code.Code && was.Uses > 0 {
		return uuid.Nil, w.invalid(Fault{Field: "code", Why: "was " + was.Code + " and can't change: orders came with it. Make another promotion."})
	}
	if !made || was.Code != code.Code {
		other, err := w.q.GetPromo(ctx, code.Code)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return uuid.Nil, err
		}
		if err == nil && (!made || other.ID != was.ID) {
			return uuid.Nil, w.invalid(Fault{Field: "code", Why: code.Code + " is in use already: choose another code"})
		}
	}
	if made && code.MostUses > 0 && int(was.Uses) > code.MostUses {
		return uuid.Nil, w.invalid(Fault{Field: "mostUses", Why: "is less than it has been used already"})
	}
	var percent, mostUses, mostPerEmail *int32
	var amount *int64
	for to, n := range map[**int32]int64{&percent: code.Rate, &mostUses: int64(code.MostUses), &mostPerEmail: int64(code.MostPerEmail)} {
		if n > 0 {
			small := int32(n) // promo.Code.Validate bounds it
			*to = &small
		}
	}
	if code.Amount > 0 {
		amount = &code.Amount
	}
	if made {
		return was.ID, w.q.ChangePromo(ctx, dbsqlc.ChangePromoParams{
			ID: was.ID, Code: code.Code, About: code.About, BrandID: code.BrandID, ProductionID: optionalID(code.ProductionID), Percent: percent,
			Amount: amount, Currency: code.Currency, StartsAt: code.StartsAt, EndsAt: optionalTime(code.EndsAt), MostUses: mostUses,
			MostPerEmail: mostPerEmail, Stackable: code.Stackable,
		})
	}
	id := identify(w.change.Source, w.change.ID, "promo code")
	return id, w.q.InsertPromo(ctx, dbsqlc.InsertPromoParams{
		ID: id, Code: code.Code, About: code.About, BrandID: code.BrandID, ProductionID: optionalID(code.ProductionID), Percent: percent,
		Amount: amount, Currency: code.Currency, StartsAt: code.StartsAt, EndsAt: optionalTime(code.EndsAt), MostUses: mostUses,
		MostPerEmail: mostPerEmail, Stackable: code.Stackable, CreatedAt: w.now, CreatedBy: w.maker(),
	})
}

func optionalID(id uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: id != uuid.Nil} }

func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// pauseCode stops the entry's code, if it made one, from being used. Orders that came with it keep their prices.
func (w *work) pauseCode(ctx context.Context) error {
	made, err := w.q.PromoOfMaker(ctx, w.maker())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.q.PausePromoOfEntry(ctx, made.ID)
}

// dropPromotion takes the banner down and pauses the code.
func dropPromotion(ctx context.Context, w *work, domainID string) error {
	id, err := uuid.Parse(domainID)
	if err != nil {
		return err
	}
	if w.facts.brandID, err = w.q.DropPromotion(ctx, id); unlessGone(err) != nil {
		return err
	}
	return w.pauseCode(ctx)
}
