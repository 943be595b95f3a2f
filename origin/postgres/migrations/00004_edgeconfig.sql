-- What staff decide and the edge obeys: compiled into Site documents and published to Cloudflare KV.
-- +goose Up
create table maintenance_windows (
    id              uuid primary key,
    brand_id        text not null references brands (id),
    path_prefix     text not null default '/',
    starts_at       timestamptz not null,
    ends_at         timestamptz check (ends_at > starts_at),
    message         text not null default '',
    allow_checkout  boolean not null default true,
    created_by      text not null,
    created_at      timestamptz not null default now()
);
create index maintenance_brand on maintenance_windows (brand_id, starts_at);

create table redirects (
    id               uuid primary key,
    brand_id         text not null references brands (id),
    match            text not null check (match in ('exact', 'prefix', 'host', 'pattern')),
    source           text not null,
    target           text not null,
    status           integer not null check (status in (301, 302, 307, 308)),
    preserve_query   boolean not null default true,
    preserve_suffix  boolean not null default true,
    starts_at        timestamptz,
    ends_at          timestamptz,
    created_by       text not null,
    created_at       timestamptz not null default now(),
    unique (brand_id, match, source)
);

create table apple_pay_files (
    brand_id    text primary key references brands (id),
    content     bytea not null check (length(content) <= 65536),
    updated_at  timestamptz not null default now()
);

-- One row a Site document: what was last written to KV, so that only changes are.
create table published_sites (
    key           text primary key,
    digest        text not null,
    published_at  timestamptz not null default now()
);

create table staff_audit (
    id      bigint generated always as identity primary key,
    at      timestamptz not null default now(),
    actor   text not null,
    action  text not null,
    target  text not null,
    before  jsonb,
    after   jsonb
);

-- +goose Down
drop table staff_audit;
drop table published_sites;
drop table apple_pay_files;
drop table redirects;
drop table maintenance_windows;
