-- What the content systems said last of each entry, and what an entry adds to productions.
-- +goose Up
create table cms_entries (
    source           text not null check (source in ('contentful', 'umbraco')),
    entry_id         text not null,
    kind             text not null,
    action           text not null check (action in ('publish', 'unpublish', 'delete')),
    stamp_at         timestamptz not null,      -- of the newest change, whatever it was; ties are settled by the revision
    stamp_revision   bigint not null,
    fields           jsonb,                     -- of the newest publish; null: none that counts
    fields_at        timestamptz,               -- its stamp
    fields_revision  bigint,
    default_locale   text not null default '',
    domain_id        text,                      -- the brand's slug or the row's ID; null: none was made
    applied_at       timestamptz not null,
    primary key (source, entry_id),
    check ((fields is null) = (fields_at is null) and (fields is null) = (fields_revision is null))
);
create index cms_entries_domain on cms_entries (kind, domain_id);

alter table productions
    add column published boolean not null default true,          -- false: its entry was taken back, nobody may see it
    add column description_html text not null default '';        -- sanitised; '': description is all there is

-- Where a performance's place in the programme comes from. Its status follows: for sale as wanted while it is listed,
-- its production is published and its tier has prices; announced and not for sale otherwise.
create table performance_schedules (
    performance_id  uuid primary key references performances (id) on delete cascade,
    source          text,                       -- of the schedule that lists it; null: seeded, no schedule took it over
    entry_id        text,
    key             text,                       -- its name within the schedule
    wanted          text not null check (wanted in ('scheduled', 'on_sale', 'cancelled')),
    listed          boolean not null default true, -- false: taken out of the schedule, and kept for its orders
    unique (source, entry_id, key),
    check ((source is null) = (entry_id is null) and (source is null) = (key is null))
);

-- Performances that were moved after somebody had ordered tickets.
create table performance_moves (
    id              bigint generated always as identity primary key,
    performance_id  uuid not null references performances (id) on delete cascade,
    from_at         timestamptz not null,
    to_at           timestamptz not null,
    orders          integer not null,           -- alive at that moment
    source          text not null,
    entry_id        text not null,
    moved_at        timestamptz not null
);
create index performance_moves_performance on performance_moves (performance_id, id);

-- +goose Down
drop table performance_moves;
drop table performance_schedules;
alter table productions drop column published, drop column description_html;
drop table cms_entries;
