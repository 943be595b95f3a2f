-- name: FindStaffPerson :one
select * from staff_people where issuer = $1 and subject = sqlc.arg(subject)::text;

-- name: FindStaffInvitation :one
select * from staff_people where issuer = $1 and subject is null and lower(email) = lower(sqlc.arg(email));

-- name: InsertStaffPerson :exec
insert into staff_people (id, issuer, subject, email, name, created_at) values ($1, $2, $3, $4, $5, $6);

-- name: NoteStaffSignIn :exec
update staff_people set subject = $2, email = $3, name = $4, signed_in_at = $5 where id = $1;

-- name: GetStaffPerson :one
select * from staff_people where id = $1;

-- name: ListStaffPeople :many
select * from staff_people order by disabled_at is not null, lower(name), id;

-- name: SetStaffDisabled :exec
update staff_people set disabled_at = $2 where id = $1;

-- name: ListStaffGrants :many
-- Of one person, or of everybody.
select * from staff_grants where sqlc.narg(person_id)::uuid is null or person_id = sqlc.narg(person_id)
order by person_id, role, brand_id nulls first;

-- name: InsertStaffGrant :execrows
insert into staff_grants (id, person_id, role, brand_id, granted_by, granted_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing;

-- name: DeleteStaffGrant :one
delete from staff_grants where id = $1 and person_id = $2 returning *;

-- name: LockStaff :exec
-- One change of people and grants at a time: two admins can't each take the other's grant at once.
select pg_advisory_xact_lock(x'5d00ed55'::bigint);

-- name: ListStaffAdmins :many
-- The admins of the whole group who can sign in.
select g.id, g.person_id from staff_grants g join staff_people p on p.id = g.person_id
where g.role = 'admin' and g.brand_id is null and p.disabled_at is null order by g.id;

-- name: InsertStaffSession :exec
insert into staff_sessions (token_hash, id, person_id, started_at, seen_at, expires_at, authenticated_at, ip, agent)
values ($1, $2, $3, sqlc.arg(now), sqlc.arg(now), $4, $5, $6, $7);

-- name: GetStaffSession :one
select sqlc.embed(s), sqlc.embed(p) from staff_sessions s join staff_people p on p.id = s.person_id
where s.token_hash = $1 and s.ended_at is null and s.expires_at > sqlc.arg(now)::timestamptz and s.seen_at > sqlc.arg(idle_since)::timestamptz
  and p.disabled_at is null;

-- name: GetStaffSessionByID :one
select sqlc.embed(s), sqlc.embed(p) from staff_sessions s join staff_people p on p.id = s.person_id
where s.id = $1 and s.ended_at is null and s.expires_at > sqlc.arg(now)::timestamptz and p.disabled_at is null;

-- name: TouchStaffSession :exec
update staff_sessions set seen_at = $2 where id = $1;

-- name: NoteStaffSite :exec
update staff_sessions set site = $2 where id = $1;

-- name: SetStaffFlash :exec
update staff_sessions set flash = $2 where id = $1;

-- name: TakeStaffFlash :one
with old as (select o.id, o.flash from staff_sessions o where o.id = $1 for update)
update staff_sessions s set flash = null from old where s.id = old.id returning old.flash;

-- name: RenewStaffSession :execrows
-- The person showed that it is them: the cookie changes with it.
update staff_sessions set token_hash = sqlc.arg(token_hash), authenticated_at = $2, seen_at = sqlc.arg(now)
where id = $1 and ended_at is null and person_id = $3;

-- name: EndStaffSession :exec
update staff_sessions set ended_at = $2 where id = $1 and ended_at is null;

-- name: EndStaffSessions :execrows
update staff_sessions set ended_at = $2 where person_id = $1 and ended_at is null;

-- name: ListStaffSessions :many
select * from staff_sessions
where person_id = $1 and ended_at is null and expires_at > sqlc.arg(now)::timestamptz and seen_at > sqlc.arg(idle_since)::timestamptz
order by seen_at desc;

-- name: InsertStaffSignIn :exec
insert into staff_sign_ins (state_hash, browser_hash, nonce, verifier, return_to, session_id, began_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: TakeStaffSignIn :one
delete from staff_sign_ins where state_hash = $1 returning *;

-- name: CountStaffAttempt :one
insert into staff_attempts (client, minute, count) values ($1, $2, 1)
on conflict (client, minute) do update set count = staff_attempts.count + 1 returning count;

-- name: CountStaffAttempts :one
select coalesce(sum(count), 0)::bigint from staff_attempts where client = $1 and minute > sqlc.arg(since)::timestamptz;

-- name: ForgetStaffAttempts :exec
delete from staff_attempts where minute < sqlc.arg(before)::timestamptz;

-- name: ForgetStaffSignIns :exec
delete from staff_sign_ins where expires_at < sqlc.arg(before)::timestamptz;

-- name: InsertStaffEntry :exec
insert into staff_entries (token_hash, session_id, brand_id, path, expires_at) values ($1, $2, $3, $4, $5);

-- name: TakeStaffEntry :one
delete from staff_entries where token_hash = $1 and brand_id = $2 returning *;

-- name: ForgetStaffEntries :exec
delete from staff_entries where expires_at < sqlc.arg(before)::timestamptz;

-- name: AddStaffRecord :exec
insert into staff_audit (at, actor, action, target, before, after, person_id, session_id, ip, request_id, change_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: ListStaffRecords :many
-- Newest first. targets null is everything; before_id pages back.
select * from staff_audit
where (sqlc.narg(targets)::text[] is null or target = any(sqlc.narg(targets)::text[]))
  and (sqlc.arg(actor)::text = '' or actor = sqlc.arg(actor))
  and (sqlc.arg(action)::text = '' or action = sqlc.arg(action) or starts_with(action, sqlc.arg(action) || '.'))
  and (sqlc.narg(change_id)::uuid is null or change_id = sqlc.narg(change_id))
  and (sqlc.arg(before_id)::bigint = 0 or id < sqlc.arg(before_id))
order by id desc limit sqlc.arg(most);

-- name: GetStaffRecord :one
select * from staff_audit where id = $1;

-- name: ListStaffActors :many
select distinct actor from staff_audit where sqlc.narg(targets)::text[] is null or target = any(sqlc.narg(targets)::text[]) order by actor;

-- name: ListStaffActions :many
select distinct action from staff_audit where sqlc.narg(targets)::text[] is null or target = any(sqlc.narg(targets)::text[]) order by action;
