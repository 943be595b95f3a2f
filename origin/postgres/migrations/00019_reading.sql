-- What a site tells besides its shows: articles and banners.
-- +goose Up
create table articles (
    id            uuid primary key,
    source        text not null,
    entry_id      text not null,
    brand_id      text not null references brands (id),
    slug          text not null,
    title         text not null,
    summary       text not null,
    body_html     text not null,                -- sanitised
    author        text not null default '',
    published_on  date not null,
    unique (source, entry_id),
    unique (brand_id, slug)
);
create index articles_newest on articles (brand_id, published_on desc, slug);

create table article_productions (
    article_id     uuid not null references articles (id) on delete cascade,
    production_id  uuid not null references productions (id) on delete cascade,
    primary key (article_id, production_id)
);
create index article_productions_production on article_productions (production_id);

-- What editors announce for a while: a banner where there is a headline, a promo code where there is one.
create table promotions (
    id             uuid primary key,
    source         text not null,
    entry_id       text not null,
    brand_id       text not null references brands (id),
    production_id  uuid references productions (id) on delete cascade, -- null: all of the brand's
    starts_at      timestamptz not null,
    ends_at        timestamptz check (ends_at > starts_at),
    headline       text not null default '',
    message        text not null default '',
    link_text      text not null default '',
    link_path      text not null default '',
    promo_id       uuid references promo_codes (id),
    unique (source, entry_id)
);
create index promotions_brand on promotions (brand_id, starts_at) where headline <> '';

-- Pages of a site have changed: any of them may point to an article or show a banner.
-- +goose StatementBegin
create function note_pages() returns trigger language plpgsql as $$
begin
    insert into cache_changes (brand_id, tag, urgent) select distinct brand_id, 'page', true from changed;
    return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function note_pages_updated() returns trigger language plpgsql as $$
begin
    insert into cache_changes (brand_id, tag, urgent)
    select distinct brand_id, 'page', true
    from (select * from (select * from changed except select * from was) as now
          union all select * from (select * from was except select * from changed) as before) as different;
    return null;
end $$;
-- +goose StatementEnd
create trigger articles_added after insert on articles
    referencing new table as changed for each statement execute function note_pages();
create trigger articles_changed after update on articles
    referencing old table as was new table as changed for each statement execute function note_pages_updated();
create trigger articles_removed after delete on articles
    referencing old table as changed for each statement execute function note_pages();
create trigger promotions_added after insert on promotions
    referencing new table as changed for each statement execute function note_pages();
create trigger promotions_changed after update on promotions
    referencing old table as was new table as changed for each statement execute function note_pages_updated();
create trigger promotions_removed after delete on promotions
    referencing old table as changed for each statement execute function note_pages();

-- +goose Down
drop table promotions;
drop table article_productions;
drop table articles;
drop function note_pages;
drop function note_pages_updated;
