-- The house: who sells (brands), where (venues, seating plans), what (productions, performances) and for how much.
-- +goose Up
create table brands (
    id          text primary key check (id ~ '^[a-z0-9-]{2,40}$'),
    name        text not null,
    country     text not null check (country in ('GB', 'US')),
    locale      text not null,
    currency    text not null check (currency in ('GBP', 'USD')),
    time_zone   text not null,
    theme       jsonb not null default '{}',
    is_group    boolean not null default false,  -- sells for every theatre and has none of its own
    created_at  timestamptz not null default now()
);

create table venues (
    id           uuid primary key,
    brand_id     text not null references brands (id),
    slug         text not null unique,
    name         text not null,
    address      text not null default '',
    city         text not null,
    postcode     text not null default '',
    country      text not null,
    latitude     double precision not null check (latitude between -90 and 90),
    longitude    double precision not null check (longitude between -180 and 180),
    time_zone    text not null,
    capacity     integer not null check (capacity > 0),
    opened_year  integer not null,
    architect    text not null default '',
    about        text not null default ''
);
create index venues_brand on venues (brand_id);

-- A plan never changes once a performance uses it: a new layout is a new version.
create table seating_plans (
    id        uuid primary key,
    venue_id  uuid not null references venues (id),
    version   integer not null,
    name      text not null,
    seats     integer not null check (seats > 0),
    layout    json not null,             -- as drawn, byte for byte: the ID is derived from it
    unique (venue_id, version)
);

create table productions (
    id               uuid primary key,
    brand_id         text not null references brands (id),
    venue_id         uuid not null references venues (id),
    slug             text not null,
    title            text not null,
    author           text not null,
    genre            text not null,
    language         text not null default 'en',
    summary          text not null,
    description      text not null,
    first_staged     text not null default '',
    age_guidance     text not null default '',
    running_minutes  integer not null check (running_minutes > 0),
    interval_count   integer not null default 1,
    poster_seed      bigint not null,
    opens_on         date not null,
    closes_on        date not null check (closes_on >= opens_on),
    seeded           boolean not null default false,  -- written by `stagedoor seed`, which removes no other
    unique (brand_id, slug)
);
create index productions_venue on productions (venue_id);

-- Adult, concession, child ...: admits one person; a companion price goes with an accessible place.
create table price_types (
    id          text primary key,
    name        text not null,
    note        text not null default '',
    sort_order  integer not null
);

-- Prices of a production by the plan's band (A is the dearest). Amounts are minor units of the brand's currency.
create table prices (
    production_id  uuid not null references productions (id) on delete cascade,
    tier           text not null,             -- 'standard' or 'peak'
    band           text not null,
    price_type     text not null references price_types (id),
    amount         bigint not null check (amount >= 0),
    primary key (production_id, tier, band, price_type)
);

create table performances (
    id             uuid primary key,
    production_id  uuid not null references productions (id),
    venue_id       uuid not null references venues (id),
    plan_id        uuid not null references seating_plans (id),
    starts_at      timestamptz not null,
    on_sale_at     timestamptz not null,
    status         text not null default 'on_sale' check (status in ('scheduled', 'on_sale', 'cancelled')),
    price_tier     text not null default 'standard',
    access         text[] not null default '{}',  -- captioned, audio_described, relaxed, signed
    seeded         boolean not null default false,
    unique (venue_id, starts_at)
);
create index performances_production on performances (production_id, starts_at);

-- What the last `stagedoor seed` wrote, so that a second start can skip it.
create table seedings (
    id         integer primary key check (id = 1),
    digest     text not null,
    seeded_at  timestamptz not null default now()
);

-- +goose Down
drop table seedings;
drop table performances;
drop table prices;
drop table price_types;
drop table productions;
drop table seating_plans;
drop table venues;
drop table brands;
