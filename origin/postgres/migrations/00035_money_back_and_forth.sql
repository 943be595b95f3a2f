-- Money that banks take, and money that comes back.
-- +goose Up

-- How much a lost dispute took out of what backed orders, or was to go back to the buyer; null until it is lost.
alter table payment_disputes add column taken bigint check (taken >= 0);
create index payment_disputes_open on payment_disputes (respond_by) where status not in ('won', 'lost', 'warning_closed');

-- A refund that the buyer's bank sent back can be sent anew, each time under a key of its own; or it is given by other
-- means, which is the state 'by_hand'.
alter table refunds add column tries integer not null default 0;
alter table refunds drop constraint refunds_state_check, drop constraint refunds_kind_check;
alter table refunds add constraint refunds_state_check check (state in ('due', 'sent', 'succeeded', 'failed', 'by_hand')),
    add constraint refunds_kind_check check (kind in ('whole', 'part', 'surplus', 'stray', 'elsewhere', 'dispute'));
create index refunds_failed on refunds (created_at) where state = 'failed';

-- +goose Down
drop index refunds_failed;
update refunds set state = 'succeeded' where state = 'by_hand';
update refunds set kind = 'elsewhere' where kind = 'dispute';
alter table refunds drop constraint refunds_state_check, drop constraint refunds_kind_check;
alter table refunds add constraint refunds_state_check check (state in ('due', 'sent', 'succeeded', 'failed')),
    add constraint refunds_kind_check check (kind in ('whole', 'part', 'surplus', 'stray', 'elsewhere'));
alter table refunds drop column tries;
drop index payment_disputes_open;
alter table payment_disputes drop column taken;
