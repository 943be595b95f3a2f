-- +goose Up
-- Facts of the last day are looked for while the catalogue is behind, among those of all time. A block range index costs a
-- write next to nothing, and is made in one quick reading.
create index outbox_created on outbox using brin (created_at) with (autosummarize = on);

-- +goose Down
drop index outbox_created;
