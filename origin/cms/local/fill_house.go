package local

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stagedoor/stagedoor/origin/cms"
)

// queue takes statements for a batch.
type queue struct{ *pgx.Batch }

func (q queue) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	q.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// read runs a query of the house whose last parameter is a country.
func read(ctx context.Context, tx pgx.Tx, sql, country string, row func(pgx.CollectableRow) (origin, error)) ([]origin, error) {
	rows, err := tx.Query(ctx, sql, country)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, row)
}

func to(source cms.Source, kind cms.Kind, id string) cms.Ref {
	return cms.Ref{ID: wellKnown(source, kind, id)}
}

// text is a value that is left out when it is empty.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func readBrands(ctx context.Context, tx pgx.Tx, source cms.Source, country string) ([]origin, error) {
	const sql = `select id, name, country, locale, currency, time_zone, theme from brands where country = $1 order by id`
	return read(ctx, tx, sql, country, func(r pgx.CollectableRow) (origin, error) {
		var id, name, country, locale, currency, zone string
		var theme []byte
		err := r.Scan(&id, &name, &country, &locale, &currency, &zone, &theme)
		return origin{cms.Brand, id, id, map[string]any{
			"slug": id, "name": name, "country": country, "locale": locale, "currency": currency, "timeZone": zone, "theme": json.RawMessage(theme),
		}}, err
	})
}

func readVenues(ctx context.Context, tx pgx.Tx, source cms.Source, country string) ([]origin, error) {
	const sql = `select v.brand_id, v.id, v.slug, v.name, v.address, v.city, v.postcode, v.country, v.latitude, v.longitude, v.time_zone, v.capacity, v.opened_year, v.architect, v.about
		from venues v join brands b on b.id = v.brand_id where b.country = $1 order by v.slug`
	return read(ctx, tx, sql, country, func(r pgx.CollectableRow) (origin, error) {
		var id uuid.UUID
		var brand, slug, name, address, city, postcode, country, zone, architect, about string
		var latitude, longitude float64
		var capacity, opened int
		err := r.Scan(&brand, &id, &slug, &name, &address, &city, &postcode, &country, &latitude, &longitude, &zone, &capacity, &opened, &architect, &about)
		return origin{cms.Venue, id.String(), brand, map[string]any{
			"slug": slug, "name": name, "brand": to(source, cms.Brand, brand), "address": text(address), "city": city, "postcode": text(postcode), "country": country,
			"location": map[string]float64{"lat": latitude, "lon": longitude}, "timeZone": zone, "capacity": capacity, "openedYear": opened,
			"architect": text(architect), "about": text(about),
		}}, err
	})
}

// readPlans reads each venue's newest.
func readPlans(ctx context.Context, tx pgx.Tx, source cms.Source, country string) ([]origin, error) {
	const sql = `select distinct on (p.venue_id) v.brand_id, p.venue_id, p.name, p.layout
		from seating_plans p join venues v on v.id = p.venue_id join brands b on b.id = v.brand_id where b.country = $1 order by p.venue_id, p.version desc`
	return read(ctx, tx, sql, country, func(r pgx.CollectableRow) (origin, error) {
		var venue uuid.UUID
		var brand, name string
		var layout []byte
		err := r.Scan(&brand, &venue, &name, &layout)
		return origin{cms.SeatingPlan, venue.String(), brand, map[string]any{
			"name": name, "venue": to(source, cms.Venue, venue.String()), "layout": json.RawMessage(layout),
		}}, err
	})
}

func readProductions(ctx context.Context, tx pgx.Tx, source cms.Source, country string) ([]origin, error) {
	const sql = `select p.brand_id, p.id, p.venue_id, p.slug, p.title, p.author, p.genre, p.language, p.summary, p.description, p.first_staged, p.age_guidance,
			p.running_minutes, p.interval_count, p.opens_on, p.closes_on
		from productions p join brands b on b.id = p.brand_id where b.country = $1 and p.seeded order by p.brand_id, p.slug`
	return read(ctx, tx, sql, country, func(r pgx.CollectableRow) (origin, error) {
		var id, venue uuid.UUID
		var brand, slug, title, author, genre, language, summary, description, staged, age string
		var minutes, intervals int
		var opens, closes time.Time
		err := r.Scan(&brand, &id, &venue, &slug, &title, &author, &genre, &language, &summary, &description, &staged, &age, &minutes, &intervals, &opens, &closes)
		return origin{cms.Production, id.String(), brand, map[string]any{
			"title": title, "slug": slug, "brand": to(source, cms.Brand, brand), "venue": to(source, cms.Venue, venue.String()), "author": text(author), "genre": genre,
			"language": language, "summary": summary, "description": description, "firstStaged": text(staged), "ageGuidance": text(age),
			"runningMinutes": minutes, "intervals": intervals, "opensOn": opens.Format(time.DateOnly), "closesOn": closes.Format(time.DateOnly),
		}}, err
	})
}

func readPrices(ctx context.Context, tx pgx.Tx, source cms.Source, country string) ([]origin, error) {
	const sql = `select p.brand_id, p.id, p.title, b.currency,
			json_agg(json_build_object('tier', r.tier, 'band', r.band, 'type', r.price_type, 'amount', r.amount) order by r.tier desc, r.band, t.sort_order)
		from productions p join brands b on b.id = p.brand_id join prices r on r.production_id = p.id join price_types t on t.id = r.price_type
		where b.country = $1 and p.seeded group by p.brand_id, p.id, p.title, b.currency order by p.id`
	return read(ctx, tx, sql, country, func(r pgx.CollectableRow) (origin, error) {
		var id uuid.UUID
		var brand, title, currency string
		var prices []byte
		err := r.Scan(&brand, &id, &title, &currency, &prices)
		return origin{cms.PriceList, id.String(), brand, map[string]any{
			"name": title + ": prices", "production": to(source, cms.Production, id.String()), "currency": currency, "prices": json.RawMessage(prices),
		}}, err
	})
}

// showing is a performance in a schedule. Its key is its ID in the house, so that it stays the same when it is moved.
type showing struct {
	Key    string   `json:"key"`
	Start  string   `json:"start"` // at the venue
	Tier   string   `json:"tier"`
	Access []string `json:"access,omitempty"`
	OnSale string   `json:"on_sale_at,omitempty"` // where it is not the schedule's
	Status string   `json:"status"`
}

func readSchedules(ctx context.Context, tx pgx.Tx, source cms.Source, country string) ([]origin, error) {
	const sql = `select p.brand_id, p.id, p.title, v.time_zone, f.id, f.starts_at, f.on_sale_at, f.status, f.price_tier, f.access
		from performances f join productions p on p.id = f.production_id join venues v on v.id = f.venue_id join brands b on b.id = p.brand_id
		where b.country = $1 and p.seeded order by p.id, f.starts_at`
	rows, err := tx.Query(ctx, sql, country)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []origin
	var first time.Time // when the schedule under way goes on sale
	var list []showing
	for rows.Next() {
		var production, id uuid.UUID
		var brand, title, zone, status, tier string
		var starts, onSale time.Time
		var access []string
		if err := rows.Scan(&brand, &production, &title, &zone, &id, &starts, &onSale, &status, &tier, &access); err != nil {
			return nil, err
		}
		place, err := time.LoadLocation(zone)
		if err != nil {
			return nil, err
		}
		if n := len(out); n == 0 || out[n-1].id != production.String() {
			first, list = onSale, nil
			out = append(out, origin{cms.PerformanceSchedule, production.String(), brand, map[string]any{
				"name": title + ": performances", "production": to(source, cms.Production, production.String()), "onSaleAt": onSale.UTC().Format(time.RFC3339),
			}})
		}
		one := showing{Key: id.String(), Start: starts.In(place).Format("2006-01-02T15:04"), Tier: tier, Access: access, Status: status}
		if !onSale.Equal(first) {
			one.OnSale = onSale.UTC().Format(time.RFC3339)
		}
		list = append(list, one)
		out[len(out)-1].fields["performances"] = list
	}
	return out, rows.Err()
}
