-- Shared answers at the edge: what was purged, and what waits to be. Site settings that had no form, and the files that
-- Apple Pay files took the place of.
-- +goose Up

-- How often what has a tag was purged; '' is everything of the site. It becomes a part of the key of what the edge keeps.
create table cache_epochs (
    brand_id   text not null references brands (id) on delete cascade,
    tag        text not null check (length(tag) <= 250),
    epoch      bigint not null check (epoch > 0),
    bumped_at  timestamptz not null,
    primary key (brand_id, tag)
);

-- Changes that edge caches have not heard of. Rows are only added and taken away, never changed: whoever sells seats or
-- edits shows waits for nobody. What is not urgent, as seats by the hundred a minute are not, waits a little for more.
create table cache_changes (
    id        bigint generated always as identity primary key,
    brand_id  text not null references brands (id) on delete cascade,
    tag       text not null check (length(tag) <= 250),
    urgent    boolean not null,
    noted_at  timestamptz not null default now()
);

-- Shows have changed: their pages, and wherever they are listed.
-- +goose StatementBegin
create function note_shows_changed(brand_ids text[], slugs text[]) returns void language sql as $$
    insert into cache_changes (brand_id, tag, urgent)
    select distinct b.id, t.tag, true
    from unnest(brand_ids, slugs) as changed (brand_id, slug)
    join brands b on b.id = changed.brand_id or b.is_group
    cross join lateral (values ('listings'), ('search'), ('show-' || changed.slug)) as t (tag)
    where b.id = changed.brand_id or t.tag not like 'show-%'
$$;
-- +goose StatementEnd
-- +goose StatementBegin
create function note_productions() returns trigger language plpgsql as $$
begin
    perform note_shows_changed(array_agg(brand_id), array_agg(slug)) from changed having count(*) > 0;
    return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function note_productions_updated() returns trigger language plpgsql as $$
begin
    perform note_shows_changed(array_agg(brand_id), array_agg(slug))
    from (select * from (select * from changed except select * from was) as now
          union all select * from (select * from was except select * from changed) as before) as different having count(*) > 0;
    return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function note_parts() returns trigger language plpgsql as $$
begin
    perform note_shows_changed(array_agg(p.brand_id), array_agg(p.slug))
    from productions p where p.id in (select production_id from changed) having count(*) > 0;
    return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function note_parts_updated() returns trigger language plpgsql as $$
begin
    perform note_shows_changed(array_agg(p.brand_id), array_agg(p.slug))
    from productions p where p.id in (
        select production_id from (select * from changed except select * from was) as now
        union all select production_id from (select * from was except select * from changed) as before) having count(*) > 0;
    return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function note_venues_updated() returns trigger language plpgsql as $$
begin
    insert into cache_changes (brand_id, tag, urgent)
    select distinct b.id, t.tag, true
    from (select * from changed except select * from was) as now
    join brands b on b.id = now.brand_id or b.is_group
    cross join (values ('page'), ('search')) as t (tag);
    return null;
end $$;
-- +goose StatementEnd

create trigger productions_added after insert on productions
    referencing new table as changed for each statement execute function note_productions();
create trigger productions_removed after delete on productions
    referencing old table as changed for each statement execute function note_productions();
create trigger productions_changed after update on productions
    referencing old table as was new table as changed for each statement execute function note_productions_updated();
create trigger performances_added after insert on performances
    referencing new table as changed for each statement execute function note_parts();
create trigger performances_removed after delete on performances
    referencing old table as changed for each statement execute function note_parts();
create trigger performances_changed after update on performances
    referencing old table as was new table as changed for each statement execute function note_parts_updated();
create trigger prices_added after insert on prices
    referencing new table as changed for each statement execute function note_parts();
create trigger prices_removed after delete on prices
    referencing old table as changed for each statement execute function note_parts();
create trigger prices_changed after update on prices
    referencing old table as was new table as changed for each statement execute function note_parts_updated();
create trigger venues_changed after update on venues
    referencing old table as was new table as changed for each statement execute function note_venues_updated();

-- What an Apple Pay file took the place of, so that it can be put back: a row a site and change.
create table apple_pay_changes (
    id        uuid not null,
    brand_id  text not null references brands (id) on delete cascade,
    before    bytea, -- null: there was no file
    after     bytea, -- null: there is none since
    actor     text not null,
    at        timestamptz not null,
    primary key (brand_id, id)
);
create index apple_pay_changes_recent on apple_pay_changes (at desc);

alter table site_settings drop constraint site_settings_section_check, add constraint site_settings_section_check check
    (section in ('locales', 'cache', 'access', 'bots', 'limits', 'rewrites', 'origin', 'headers', 'checkout', 'protected_paths', 'redirect_hosts', 'well_known'));

-- +goose Down
delete from site_settings where section in ('checkout', 'protected_paths', 'redirect_hosts', 'well_known');
alter table site_settings drop constraint site_settings_section_check, add constraint site_settings_section_check check
    (section in ('locales', 'cache', 'access', 'bots', 'limits', 'rewrites', 'origin', 'headers'));
drop table apple_pay_changes;
drop trigger venues_changed on venues;
drop trigger prices_changed on prices;
drop trigger prices_removed on prices;
drop trigger prices_added on prices;
drop trigger performances_changed on performances;
drop trigger performances_removed on performances;
drop trigger performances_added on performances;
drop trigger productions_changed on productions;
drop trigger productions_removed on productions;
drop trigger productions_added on productions;
drop function note_venues_updated;
drop function note_parts_updated;
drop function note_parts;
drop function note_productions_updated;
drop function note_productions;
drop function note_shows_changed;
drop table cache_changes;
drop table cache_epochs;
