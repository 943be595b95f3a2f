-- When a room's coordinator was told that staff took a pass back; null: it is still to be told.
-- +goose Up
alter table room_passes add column told_at timestamptz;
create index room_passes_untold on room_passes (room_id) where reason = 'staff' and told_at is null;

-- +goose Down
alter table room_passes drop column told_at;
