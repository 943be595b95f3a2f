package content

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/richtext"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

type production struct {
	row            dbsqlc.PutContentProductionParams
	title, summary words[string]
	description    words[richtext.Text]
	brand, venue   cms.Ref
	credits        []credit
}

// credit is one line of a cast list or of the creative team.
type credit struct {
	part     string // "cast" or "creative", also the field's name
	position int32
	role     string
	person   cms.Ref
}

func decodeProduction(r *reader) entry {
	p := production{
		title: each(r, "title", text), summary: each(r, "summary", text), description: each(r, "description", rich),
		brand: one(each(r, "brand", link)), venue: one(each(r, "venue", link)),
		row: dbsqlc.PutContentProductionParams{
			Slug: one(each(r, "slug", slug)), Author: one(each(r, "author", text)), Genre: one(each(r, "genre", choice)),
			Language: one(each(r, "language", text)), FirstStaged: one(each(r, "firstStaged", text)),
			AgeGuidance: one(each(r, "ageGuidance", text)), RunningMinutes: int32(one(each(r, "runningMinutes", integer))),
			OpensOn: one(each(r, "opensOn", date)), ClosesOn: one(each(r, "closesOn", date)),
		},
	}
	if p.row.Language == "" {
		p.row.Language = "en"
	}
	if strings.Trim(p.row.Language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		r.fault("language", "", "must be a language such as en, it or de")
	}
	p.row.IntervalCount = 1
	if given := each(r, "intervals", integer); len(given.all()) > 0 {
		p.row.IntervalCount = int32(one(given))
	}
	if !p.row.OpensOn.IsZero() && !p.row.ClosesOn.IsZero() && p.row.ClosesOn.Before(p.row.OpensOn) {
		r.fault("closesOn", "", "is before the opening")
	}
	p.credits = append(r.credits("cast"), r.credits("creative")...)
	return p
}

// mostCredits is how long one list of people may be.
const mostCredits = 300

func (r *reader) credits(field string) []credit {
	type line struct {
		Person json.RawMessage `json:"person"`
		Role   string          `json:"role"`
	}
	lines := one(each(r, field, shaped[[]line]))
	if len(lines) > mostCredits {
		r.fault(field, "", "has %d lines; at most %d fit", len(lines), mostCredits)
		return nil
	}
	var out []credit
	for i, l := range lines {
		role, why := text(Field{Required: true, Max: 120}, mustJSON(l.Role))
		if why != "" {
			r.fault(field, "", "line %d: role %s", i+1, why)
		}
		person, ok := refOf(l.Person)
		if !ok {
			r.fault(field, "", `line %d: person must be a link to their entry: {"$ref": "..."}`, i+1)
		}
		out = append(out, credit{part: field, position: int32(i + 1), role: role, person: person})
	}
	return out
}

func mustJSON(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // a string always marshals
	return raw
}

// write changes the production that the entry made, or adopts that of its brand and slug, or makes one. Its texts, its
// performances and its prices are the content system's from then on. It stays with its brand and its venue once
// performances are announced: tickets name both.
func (p production) write(ctx context.Context, w *work, shown bool) (string, error) {
	brandID, err := w.refer(ctx, "brand", p.brand, cms.Brand)
	if err != nil {
		return "", err
	}
	venueID, err := w.referRow(ctx, "venue", p.venue, cms.Venue)
	if err != nil {
		return "", err
	}
	for _, c := range p.credits {
		if err := w.referPerson(ctx, c); err != nil {
			return "", err
		}
	}
	house, err := w.q.GetBrand(ctx, brandID)
	if err != nil {
		return "", err
	}
	place, err := w.q.GetVenue(ctx, venueID)
	if err != nil {
		return "", err
	}
	if place.BrandID != brandID {
		return "", w.invalid(Fault{Field: "venue", Why: fmt.Sprintf("%s belongs to %s: a production is sold by its theatre's own brand", place.Name, place.BrandID)})
	}
	w.facts.brandID = brandID
	row := p.row
	row.BrandID, row.VenueID, row.Published = brandID, venueID, shown
	row.Title, row.Summary = p.title.in(house.Locale), p.summary.in(house.Locale)
	about := p.description.in(house.Locale)
	row.Description, row.DescriptionHtml = about.Plain, about.HTML
	row.ID = identify(w.change.Source, w.change.ID, "production")
	was, err := w.productionBefore(ctx, brandID, row.Slug)
	known := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", err
	}
	if known {
		row.ID, row.PosterSeed = was.ID, was.PosterSeed
	} else {
		row.PosterSeed = posterSeed(row.ID)
	}
	if err := w.alone(ctx, "slug", row.ID.String(), "/shows/"+row.Slug); err != nil {
		return "", err
	}
	if err := p.settled(ctx, w, was, row, known); err != nil {
		return "", err
	}
	recast, err := p.putCredits(ctx, w, row.ID, known, row)
	if err != nil {
		return "", err
	}
	if known && !recast && sameProduction(was, row) {
		return row.ID.String(), nil
	}
	if err := w.settle(ctx, row.ID); err != nil {
		return "", err
	}
	w.facts.touch(row.ID)
	return row.ID.String(), nil
}

// posterSeed decides how a poster looks; it never changes for a production.
func posterSeed(id uuid.UUID) int64 {
	h := fnv.New64a()
	_, _ = h.Write(id[:]) // a hash never fails
	return int64(h.Sum64() >> 1)
}

// sameProduction: nothing of the row changes.
func sameProduction(was dbsqlc.Production, row dbsqlc.PutContentProductionParams) bool {
	return !was.Seeded && was.OpensOn.Equal(row.OpensOn) && was.ClosesOn.Equal(row.ClosesOn) && row == dbsqlc.PutContentProductionParams{
		ID: was.ID, BrandID: was.BrandID, VenueID: was.VenueID, Slug: was.Slug, Title: was.Title, Author: was.Author, Genre: was.Genre,
		Language: was.Language, Summary: was.Summary, Description: was.Description, DescriptionHtml: was.DescriptionHtml,
		FirstStaged: was.FirstStaged, AgeGuidance: was.AgeGuidance, RunningMinutes: was.RunningMinutes, IntervalCount: was.IntervalCount,
		PosterSeed: was.PosterSeed, OpensOn: row.OpensOn, ClosesOn: row.ClosesOn, Published: was.Published,
	}
}

func (p production) settled(ctx context.Context, w *work, was dbsqlc.Production, row dbsqlc.PutContentProductionParams, known bool) error {
	var faults []Fault
	if known && (was.BrandID != row.BrandID || was.VenueID != row.VenueID) {
		plays, err := w.q.ProductionHasPerformances(ctx, row.ID)
		if err != nil {
			return err
		}
		if plays {
			faults = append(faults, Fault{Field: "venue", Why: "can't change any more, nor the brand: performances are announced there. Make another production for the other theatre."})
		}
	}
	other, err := w.q.GetProductionBySlug(ctx, dbsqlc.GetProductionBySlugParams{BrandID: row.BrandID, Slug: row.Slug})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if err == nil && other.ID != row.ID {
		faults = append(faults, Fault{Field: "slug", Why: "is taken on this site by " + other.Title})
	}
	if len(faults) > 0 {
		return w.invalid(faults...)
	}
	return nil
}

// productionBefore is what the entry has spoken for so far, or else the brand's production of a slug; pgx.ErrNoRows.
func (w *work) productionBefore(ctx context.Context, brandID, slug string) (dbsqlc.Production, error) {
	if w.facts.domainID == "" {
		return w.q.GetProductionBySlug(ctx, dbsqlc.GetProductionBySlugParams{BrandID: brandID, Slug: slug})
	}
	id, err := uuid.Parse(w.facts.domainID)
	if err != nil {
		return dbsqlc.Production{}, err
	}
	return w.q.LockProduction(ctx, id)
}

// referPerson sees to it that somebody has told of a person. One who was taken back since is known, and left out.
func (w *work) referPerson(ctx context.Context, c credit) error {
	row, err := w.entry(ctx, c.person)
	if errors.Is(err, pgx.ErrNoRows) {
		return w.waiting(c.part, c.person)
	}
	if err == nil && row.Kind != string(cms.Person) {
		return w.invalid(Fault{Field: c.part, Why: fmt.Sprintf("line %d links to a %s; it must be a person", c.position, row.Kind)})
	}
	return err
}

// putCredits writes the row, which credits refer to, and its credits if they differ, and says whether they did.
func (p production) putCredits(ctx context.Context, w *work, id uuid.UUID, known bool, row dbsqlc.PutContentProductionParams) (bool, error) {
	if err := w.q.PutContentProduction(ctx, row); err != nil {
		return false, err
	}
	var was []credit
	if known {
		rows, err := w.q.ListCredits(ctx, id)
		if err != nil {
			return false, err
		}
		for _, r := range rows {
			if r.Source == string(w.change.Source) {
				was = append(was, credit{r.Part, r.Position, r.Role, cms.Ref{ID: r.EntryID}})
			}
		}
		if len(was) == len(rows) && slices.Equal(was, p.credits) {
			return false, nil
		}
		if err := w.q.DropCredits(ctx, id); err != nil {
			return false, err
		}
	}
	if len(p.credits) == 0 {
		return len(was) > 0, nil
	}
	add := dbsqlc.AddCreditsParams{ProductionID: id, Source: string(w.change.Source)}
	for _, c := range p.credits {
		add.Parts, add.Positions = append(add.Parts, c.part), append(add.Positions, c.position)
		add.Roles, add.Entries = append(add.Roles, c.role), append(add.Entries, c.person.ID)
	}
	return true, w.q.AddCredits(ctx, add)
}

// hideProduction takes a production's page away and all of it off sale. Tickets stay good, orders stay readable.
func hideProduction(ctx context.Context, w *work, domainID string) error {
	id, err := uuid.Parse(domainID)
	if err != nil {
		return err
	}
	was, err := w.q.LockProduction(ctx, id)
	if err != nil {
		return err
	}
	w.facts.brandID = was.BrandID
	if !was.Published {
		return nil
	}
	if err := w.q.HideProduction(ctx, id); err != nil {
		return err
	}
	w.facts.touch(id)
	return w.settle(ctx, id)
}
