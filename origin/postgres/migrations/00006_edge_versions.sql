-- Redirects by the hundred thousand: every change of a site's rules is a version that can be compared with another and
-- gone back to; they are imported from files in jobs, and counted. With them, the settings of each site.
-- +goose Up
alter table redirects
    add column enabled        boolean not null default true,
    add column note           text not null default '' check (length(note) <= 500),
    add column include_subdomains  boolean not null default false,
    add column since_version  integer not null default 1,
    add column updated_by     text not null default '',
    add column updated_at     timestamptz not null default now();
create index redirects_source on redirects (source, id);
create index redirects_updated on redirects (updated_at, id);
create index redirects_since on redirects (brand_id, since_version);

-- The newest version of each site's rules. Whoever changes rules locks the row.
create table redirect_heads (
    brand_id  text primary key references brands (id) on delete cascade,
    number    integer not null,
    total     integer not null
);

create table redirect_versions (
    brand_id  text not null references brands (id) on delete cascade,
    number    integer not null check (number > 0),
    at        timestamptz not null,
    actor     text not null,
    action    text not null,
    about     text not null default '',
    added     integer not null,
    changed   integer not null,
    removed   integer not null,
    total     integer not null,
    primary key (brand_id, number)
);

insert into redirect_versions (brand_id, number, at, actor, action, about, added, changed, removed, total)
select brand_id, 1, now(), 'migration', 'redirect.start', 'Rules from before versions were kept', count(*), 0, 0, count(*) from redirects group by brand_id;
insert into redirect_heads (brand_id, number, total) select brand_id, number, total from redirect_versions;

-- A rule as it was from one version up to, and without, another. As it is now it stands in redirects, since
-- since_version.
create table redirect_history (
    brand_id         text not null references brands (id) on delete cascade,
    rule_id          uuid not null,
    from_version     integer not null,
    until_version    integer not null check (until_version > from_version),
    match            text not null,
    source           text not null,
    target           text not null,
    status           integer not null,
    preserve_query   boolean not null,
    preserve_suffix  boolean not null,
    include_subdomains  boolean not null,
    starts_at        timestamptz,
    ends_at          timestamptz,
    enabled          boolean not null,
    note             text not null,
    created_by       text not null,
    created_at       timestamptz not null,
    primary key (brand_id, rule_id, from_version)
);
create index redirect_history_until on redirect_history (brand_id, until_version);
create index redirect_history_from on redirect_history (brand_id, from_version);

-- The compiled rules of a site, as long as its version is the newest.
create table redirect_indexes (
    brand_id  text primary key references brands (id) on delete cascade,
    version   integer not null,
    sum       text not null,
    content   bytea not null,
    rules     integer not null,
    built_at  timestamptz not null
);

create table redirect_hits (
    rule_id  uuid not null,
    day      date not null,
    hits     bigint not null,
    primary key (rule_id, day)
);
-- Batches that were counted, so that one sent twice counts once. Kept for an hour.
create table redirect_hit_batches (
    id  text primary key,
    at  timestamptz not null
);

create table redirect_imports (
    id            uuid primary key,
    actor         text not null,
    file_name     text not null,
    mode          text not null check (mode in ('merge', 'replace')),
    default_site  text not null default '',
    state         text not null check (state in ('reading', 'analysing', 'ready', 'faulty', 'applying', 'publishing', 'applied', 'cancelled', 'failed')),
    done          bigint not null default 0, -- of total, in the present state's unit
    total         bigint not null default 0,
    rows          integer not null default 0,
    cancel        boolean not null default false,
    problem       text not null default '',
    faults        jsonb not null default '[]',
    fault_count   integer not null default 0,
    report        jsonb not null default '{}',
    base          jsonb not null default '{}', -- the version of each site's rules that was analysed
    made          jsonb not null default '[]', -- the versions that were made
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    finished_at   timestamptz
);
create index redirect_imports_recent on redirect_imports (created_at desc);

create table redirect_import_rows (
    import_id        uuid not null references redirect_imports (id) on delete cascade,
    line             integer not null,
    id               uuid not null, -- the rule's, if it is new
    brand_id         text not null,
    match            text not null,
    source           text not null,
    target           text not null,
    status           integer not null,
    preserve_query   boolean not null,
    preserve_suffix  boolean not null,
    include_subdomains  boolean not null,
    starts_at        timestamptz,
    ends_at          timestamptz,
    enabled          boolean not null,
    note             text not null,
    primary key (import_id, line)
);

create table site_settings (
    brand_id    text not null references brands (id) on delete cascade,
    section     text not null check (section in ('locales', 'cache', 'access', 'bots', 'limits', 'rewrites', 'origin', 'headers')),
    value       jsonb not null,
    version     integer not null check (version > 0),
    updated_by  text not null,
    updated_at  timestamptz not null,
    primary key (brand_id, section)
);

-- Cloudflare takes one write a second per key; what no document names any longer is deleted after a while.
alter table published_sites
    add column attempted_at  timestamptz,
    add column unused_since  timestamptz;

-- +goose Down
alter table published_sites drop column unused_since, drop column attempted_at;
drop table site_settings;
drop table redirect_import_rows;
drop table redirect_imports;
drop table redirect_hit_batches;
drop table redirect_hits;
drop table redirect_indexes;
drop table redirect_history;
drop table redirect_versions;
drop table redirect_heads;
drop index redirects_since;
drop index redirects_updated;
drop index redirects_source;
alter table redirects
    drop column updated_at, drop column updated_by, drop column since_version, drop column note, drop column enabled, drop column include_subdomains;
