-- name: AddMail :execrows
insert into mails (id, event_id, brand_id, recipient, subject, body_html, body_text)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (event_id) do nothing;

-- name: RecentMails :many
select id, brand_id, recipient, subject, created_at
from mails
where sqlc.arg(recipient)::text = '' or strpos(lower(recipient), lower(sqlc.arg(recipient)::text)) > 0
order by created_at desc, id desc
limit sqlc.arg(at_most)::int;

-- name: MailByID :one
select * from mails where id = $1;

-- name: OrdersToTell :many
-- Who is to hear what becomes of a performance.
select id from orders where performance_id = $1 and state in ('paid', 'offered') and buyer_email <> '' order by id;
