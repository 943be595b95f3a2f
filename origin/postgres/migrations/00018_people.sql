-- Who is on stage and behind it.
-- +goose Up
create table people (
    id              uuid primary key,
    source          text not null,
    entry_id        text not null,
    name            text not null,
    biography       jsonb not null default '{}', -- sanitised HTML by locale
    default_locale  text not null default '',
    website         text not null default '',
    unique (source, entry_id)
);

-- Credits name a person by their entry: whoever is not published is left out, and comes back with their entry.
create table production_people (
    production_id  uuid not null references productions (id) on delete cascade,
    part           text not null check (part in ('cast', 'creative')),
    position       integer not null,
    role           text not null,
    source         text not null,
    entry_id       text not null,
    primary key (production_id, part, position)
);
create index production_people_person on production_people (source, entry_id);

create trigger production_people_added after insert on production_people
    referencing new table as changed for each statement execute function note_parts();
create trigger production_people_removed after delete on production_people
    referencing old table as changed for each statement execute function note_parts();

-- +goose StatementBegin
create function note_people() returns trigger language plpgsql as $$
begin
    perform note_shows_changed(array_agg(p.brand_id), array_agg(p.slug))
    from productions p where p.id in (
        select c.production_id from production_people c join changed on changed.source = c.source and changed.entry_id = c.entry_id)
    having count(*) > 0;
    return null;
end $$;
-- +goose StatementEnd
create trigger people_added after insert on people
    referencing new table as changed for each statement execute function note_people();
create trigger people_changed after update on people
    referencing new table as changed for each statement execute function note_people();
create trigger people_removed after delete on people
    referencing old table as changed for each statement execute function note_people();

-- +goose Down
drop table production_people;
drop table people;
drop function note_people;
