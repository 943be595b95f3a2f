-- What the provider calls each refund that failed, and was sent anew or made good since: word of it may still come, late or a
-- second time, and is about no other refund.
-- +goose Up
create table refund_tries (
    provider_id  text primary key,
    refund_id    uuid not null references refunds (id),
    ended_at     timestamptz not null
);
create index refund_tries_refund on refund_tries (refund_id);

-- +goose Down
drop table refund_tries;
