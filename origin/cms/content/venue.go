package content

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

type theatre struct {
	row         dbsqlc.PutContentVenueParams
	name, about words[string]
	brand       cms.Ref
}

func decodeVenue(r *reader) entry {
	at := one(each(r, "location", location))
	t := theatre{
		name: each(r, "name", text), about: each(r, "about", text), brand: one(each(r, "brand", link)),
		row: dbsqlc.PutContentVenueParams{
			Slug: one(each(r, "slug", slug)), Address: one(each(r, "address", text)), City: one(each(r, "city", text)),
			Postcode: one(each(r, "postcode", text)), Country: one(each(r, "country", choice)), Latitude: at.Lat, Longitude: at.Lon,
			TimeZone: one(each(r, "timeZone", text)), Capacity: int32(one(each(r, "capacity", integer))),
			OpenedYear: int32(one(each(r, "openedYear", integer))), Architect: one(each(r, "architect", text)),
		},
	}
	r.zone("timeZone", t.row.TimeZone)
	return t
}

// write changes the venue that the entry made, or adopts that of its slug, or makes one.
func (t theatre) write(ctx context.Context, w *work, _ bool) (string, error) {
	brandID, err := w.refer(ctx, "brand", t.brand, cms.Brand)
	if err != nil {
		return "", err
	}
	house, err := w.q.GetBrand(ctx, brandID)
	if err != nil {
		return "", err
	}
	w.facts.brandID = brandID
	row := t.row
	row.BrandID, row.Name, row.About = brandID, t.name.in(house.Locale), t.about.in(house.Locale)
	row.ID = identify(w.change.Source, w.change.ID, "venue")
	was, err := w.venueBefore(ctx, row.Slug)
	known := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", err
	}
	if known {
		row.ID = was.ID
	}
	if err := w.alone(ctx, "slug", row.ID.String(), "the venue "+row.Slug); err != nil {
		return "", err
	}
	if other, err := w.q.GetVenueBySlug(ctx, row.Slug); err == nil && other.ID != row.ID {
		return "", w.invalid(Fault{Field: "slug", Why: "is taken by " + other.Name})
	} else if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", err
	}
	if !known {
		return row.ID.String(), w.q.PutContentVenue(ctx, row)
	}
	if row == dbsqlc.PutContentVenueParams(was) {
		return row.ID.String(), nil
	}
	if err := t.settled(ctx, w, was, row); err != nil {
		return "", err
	}
	if err := w.q.PutContentVenue(ctx, row); err != nil {
		return "", err
	}
	return row.ID.String(), w.touchShowing(ctx, dbsqlc.ListProductionsShowingParams{VenueID: row.ID})
}

// settled refuses to change what performances and their orders rest on.
func (t theatre) settled(ctx context.Context, w *work, was dbsqlc.Venue, row dbsqlc.PutContentVenueParams) error {
	var faults []Fault
	if was.TimeZone != row.TimeZone {
		plays, err := w.q.VenueHasPerformances(ctx, row.ID)
		if err != nil {
			return err
		}
		if plays {
			faults = append(faults, Fault{Field: "timeZone", Why: "is " + was.TimeZone + " and can't change: the times of its performances are told in it"})
		}
	}
	if was.BrandID != row.BrandID {
		plays, err := w.q.VenueHasProductions(ctx, row.ID)
		if err != nil {
			return err
		}
		if plays {
			faults = append(faults, Fault{Field: "brand", Why: "is " + was.BrandID + " and can't change: its productions are sold there"})
		}
	}
	if len(faults) > 0 {
		return w.invalid(faults...)
	}
	return nil
}

// venueBefore is the venue that the entry has spoken for so far, or else the one of a slug; pgx.ErrNoRows.
func (w *work) venueBefore(ctx context.Context, slug string) (dbsqlc.Venue, error) {
	if w.facts.domainID == "" {
		return w.q.GetVenueBySlug(ctx, slug)
	}
	id, err := uuid.Parse(w.facts.domainID)
	if err != nil {
		return dbsqlc.Venue{}, err
	}
	return w.q.GetVenue(ctx, id)
}
