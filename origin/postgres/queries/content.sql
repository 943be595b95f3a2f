-- name: LockContentEntry :exec
-- One change of an entry at a time, also of one that is not known yet.
select pg_advisory_xact_lock(hashtextextended('cms ' || @source::text || ' ' || @entry_id::text, 0));

-- name: LockContentRef :exec
-- What an entry refers to stays as it is until the transaction ends; others may refer to it at the same time.
select pg_advisory_xact_lock_shared(hashtextextended('cms ' || @source::text || ' ' || @entry_id::text, 0));

-- name: GetContentEntry :one
select * from cms_entries where source = @source and entry_id = @entry_id;

-- name: PutContentEntry :exec
insert into cms_entries (source, entry_id, kind, action, stamp_at, stamp_revision, fields, fields_at, fields_revision,
    default_locale, domain_id, applied_at)
values (@source, @entry_id, @kind, @action, @stamp_at, @stamp_revision, @fields, @fields_at, @fields_revision,
    @default_locale, @domain_id, @applied_at)
on conflict (source, entry_id) do update set kind = excluded.kind, action = excluded.action, stamp_at = excluded.stamp_at,
    stamp_revision = excluded.stamp_revision, fields = excluded.fields, fields_at = excluded.fields_at,
    fields_revision = excluded.fields_revision, default_locale = excluded.default_locale,
    domain_id = excluded.domain_id, applied_at = excluded.applied_at;

-- name: OtherContentEntry :one
-- Which other entry that was not deleted speaks for a thing.
select source, entry_id from cms_entries
where kind = @kind and domain_id = @domain_id and action <> 'delete' and (source <> @source or entry_id <> @entry_id)
limit 1;

-- name: PutContentBrand :exec
insert into brands (id, name, country, locale, currency, time_zone, theme)
values (@id, @name, @country, @locale, @currency, @time_zone, @theme)
on conflict (id) do update set name = excluded.name, country = excluded.country, locale = excluded.locale,
    currency = excluded.currency, time_zone = excluded.time_zone, theme = excluded.theme;

-- name: BrandHasPrices :one
select (exists (select from prices r join productions p on p.id = r.production_id where p.brand_id = @brand_id)
    or exists (select from orders o where o.brand_id = @brand_id))::boolean;

-- name: GetVenue :one
select * from venues where id = $1;

-- name: GetVenueBySlug :one
select * from venues where slug = $1;

-- name: PutContentVenue :exec
insert into venues (id, brand_id, slug, name, address, city, postcode, country, latitude, longitude, time_zone, capacity,
    opened_year, architect, about)
values (@id, @brand_id, @slug, @name, @address, @city, @postcode, @country, @latitude, @longitude, @time_zone, @capacity,
    @opened_year, @architect, @about)
on conflict (id) do update set brand_id = excluded.brand_id, slug = excluded.slug, name = excluded.name,
    address = excluded.address, city = excluded.city, postcode = excluded.postcode, country = excluded.country,
    latitude = excluded.latitude, longitude = excluded.longitude, time_zone = excluded.time_zone,
    capacity = excluded.capacity, opened_year = excluded.opened_year, architect = excluded.architect,
    about = excluded.about;

-- name: VenueHasPerformances :one
select exists (select from performances where venue_id = $1);

-- name: VenueHasProductions :one
select exists (select from productions where venue_id = $1);

-- name: ListPlansOfVenue :many
select * from seating_plans where venue_id = $1 order by version desc;

-- name: PlanHasPerformances :one
select exists (select from performances where plan_id = $1);

-- name: AddContentPlan :exec
insert into seating_plans (id, venue_id, version, name, seats, layout)
select @id, @venue_id, coalesce(max(s.version), 0) + 1, @name, @seats, @layout
from seating_plans s where s.venue_id = @venue_id;

-- name: ChangePlan :many
-- Performances to come that nobody ordered tickets for change over to another plan. Those with sold seats keep theirs.
update performances f set plan_id = @to_plan
where f.plan_id = @from_plan and f.starts_at > @now
  and not exists (select from orders o where o.performance_id = f.id)
  and not exists (select from desk_reservations r where r.performance_id = f.id)
returning f.id, f.production_id;

-- name: ForgetPlan :exec
-- A version that nothing ever played on.
delete from seating_plans g where g.id = $1 and not exists (select from performances f where f.plan_id = g.id);

-- name: GetProduction :one
select * from productions where id = $1;

-- name: GetProductionBySlug :one
select * from productions where brand_id = @brand_id and slug = @slug;

-- name: LockProduction :one
-- Facts about a production leave in the order in which their transactions take this.
select * from productions where id = $1 for no key update;

-- name: PutContentProduction :exec
insert into productions (id, brand_id, venue_id, slug, title, author, genre, language, summary, description,
    description_html, first_staged, age_guidance, running_minutes, interval_count, poster_seed, opens_on, closes_on, published)
values (@id, @brand_id, @venue_id, @slug, @title, @author, @genre, @language, @summary, @description,
    @description_html, @first_staged, @age_guidance, @running_minutes, @interval_count, @poster_seed, @opens_on, @closes_on, @published)
on conflict (id) do update set brand_id = excluded.brand_id, venue_id = excluded.venue_id, slug = excluded.slug,
    title = excluded.title, author = excluded.author, genre = excluded.genre, language = excluded.language,
    summary = excluded.summary, description = excluded.description, description_html = excluded.description_html,
    first_staged = excluded.first_staged, age_guidance = excluded.age_guidance, running_minutes = excluded.running_minutes,
    interval_count = excluded.interval_count, opens_on = excluded.opens_on, closes_on = excluded.closes_on,
    published = excluded.published, seeded = false;

-- name: HideProduction :exec
update productions set published = false where id = $1;

-- name: ProductionHasPerformances :one
select exists (select from performances where production_id = $1);

-- name: ListProductionsShowing :many
-- Productions on whose pages a brand or a venue stands.
select id from productions p
where p.published and (p.brand_id = @brand_id or p.venue_id = @venue_id) and p.closes_on >= @today
order by id;

-- name: ListCredits :many
select part, position, role, source, entry_id from production_people where production_id = $1 order by part, position;

-- name: DropCredits :exec
delete from production_people where production_id = $1;

-- name: AddCredits :exec
insert into production_people (production_id, part, position, role, source, entry_id)
select @production_id::uuid, unnest(@parts::text[]), unnest(@positions::int[]), unnest(@roles::text[]), @source::text, unnest(@entries::text[]);

-- name: PutPerson :exec
insert into people (id, source, entry_id, name, biography, default_locale, website)
values (@id, @source, @entry_id, @name, @biography, @default_locale, @website)
on conflict (id) do update set name = excluded.name, biography = excluded.biography,
    default_locale = excluded.default_locale, website = excluded.website;

-- name: DropPerson :exec
delete from people where id = $1;

-- name: ListProductionsOfPerson :many
select distinct production_id from production_people where source = @source and entry_id = @entry_id order by production_id;

-- name: ListProductionPeople :many
-- Cast and creative team of a production, in the order of the programme.
select c.part, c.role, h.name, h.biography, h.default_locale, h.website
from production_people c join people h on h.source = c.source and h.entry_id = c.entry_id
where c.production_id = $1 order by c.part, c.position;

-- name: ListPricesOfProduction :many
select tier, band, price_type, amount from prices where production_id = $1 order by tier, band, price_type;

-- name: DropPrices :exec
delete from prices where production_id = $1;

-- name: AddPrices :exec
insert into prices (production_id, tier, band, price_type, amount)
select @production_id::uuid, unnest(@tiers::text[]), unnest(@bands::text[]), unnest(@price_types::text[]), unnest(@amounts::bigint[]);
