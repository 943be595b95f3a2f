-- name: AddOutbox :exec
insert into outbox (event_id, subject, payload, traceparent) values ($1, $2, $3, $4);
