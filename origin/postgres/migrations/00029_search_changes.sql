-- Changes of the search index (package search/swap): what is under way, and what was done. Writers read the last row to
-- know which collections to write. Whoever carries a change out holds an advisory lock.
-- +goose Up
create table search_changes (
    seq        bigint generated always as identity primary key,
    id         uuid not null unique,
    alias      text not null,
    state      jsonb not null,                     -- swap.State
    paused     boolean not null default false,     -- somebody wants it to stop for now
    over       boolean not null default false,     -- nothing is left to do or to undo
    changed_at timestamptz not null default now()
);
-- One at a time: what was begun is carried out, or given up, before the next begins.
create unique index search_changes_open on search_changes (alias) where not over;
create index search_changes_last on search_changes (alias, seq desc);

-- +goose Down
drop table search_changes;
