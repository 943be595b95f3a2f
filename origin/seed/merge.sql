-- Brings productions, prices and performances in line with the season in the seed_* tables. Rows that the seeder
-- did not write, and performances with an order, stay as they are. So does what an editor took over (seeded is false
-- then): its texts, prices and performances come from the content system.

-- What is no longer in the season and was never sold goes.
delete from performances f
where f.seeded
  and not exists (select from seed_performances s where s.id = f.id)
  and not exists (select from orders o where o.performance_id = f.id);

insert into productions (id, brand_id, venue_id, slug, title, author, genre, language, summary, description,
    first_staged, age_guidance, running_minutes, interval_count, poster_seed, opens_on, closes_on, seeded)
select id, brand_id, venue_id, slug, title, author, genre, language, summary, description,
    first_staged, age_guidance, running_minutes, interval_count, poster_seed, opens_on, closes_on, true
from seed_productions s
where not exists (select from productions p where p.brand_id = s.brand_id and p.slug = s.slug and p.id <> s.id) -- an editor's own
on conflict (id) do update set venue_id = excluded.venue_id, title = excluded.title, author = excluded.author,
    genre = excluded.genre, language = excluded.language, summary = excluded.summary,
    description = excluded.description, first_staged = excluded.first_staged, age_guidance = excluded.age_guidance,
    running_minutes = excluded.running_minutes, interval_count = excluded.interval_count,
    poster_seed = excluded.poster_seed, opens_on = excluded.opens_on, closes_on = excluded.closes_on
where productions.seeded;

delete from prices r using productions p where r.production_id = p.id and p.seeded and p.id in (select id from seed_productions);
insert into prices (production_id, tier, band, price_type, amount)
select s.production_id, s.tier, s.band, s.price_type, s.amount
from seed_prices s join productions p on p.id = s.production_id and p.seeded;

-- A sold performance of another season may already stand there that afternoon or evening: it keeps its place.
insert into performances (id, production_id, venue_id, plan_id, starts_at, on_sale_at, price_tier, access, seeded)
select s.id, s.production_id, s.venue_id, s.plan_id, s.starts_at, s.on_sale_at, s.price_tier, s.access, true
from seed_performances s join productions p on p.id = s.production_id and p.seeded
where not exists (
    select from performances f
    where f.venue_id = s.venue_id and f.id <> s.id
      and f.starts_at between s.starts_at - interval '4 hours' and s.starts_at + interval '4 hours'
      and not exists (select from seed_performances t where t.id = f.id))
on conflict (id) do update set plan_id = excluded.plan_id, on_sale_at = excluded.on_sale_at,
    price_tier = excluded.price_tier, access = excluded.access
where not exists (select from orders o where o.performance_id = excluded.id);

delete from productions p
where p.seeded
  and not exists (select from seed_productions s where s.id = p.id)
  and not exists (select from performances f where f.production_id = p.id);

-- Plans drawn by an earlier version that nothing plays on any more.
delete from seating_plans g
where not exists (select from seed_performances s where s.plan_id = g.id)
  and not exists (select from performances f where f.plan_id = g.id)
  and not exists (select from cms_entries e where e.kind = 'seatingPlan' and e.domain_id = g.id::text)
  and exists (select from seed_performances s where s.venue_id = g.venue_id);
