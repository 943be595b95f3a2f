-- name: LockRedirectHead :one
-- Makes the row if there is none, and keeps others from changing the site's rules until the transaction ends.
insert into redirect_heads (brand_id, number, total) values ($1, 0, 0)
on conflict (brand_id) do update set brand_id = excluded.brand_id
returning *;

-- name: MoveRedirectHead :one
update redirect_heads set number = $2, total = total + sqlc.arg(more)::integer where brand_id = $1 returning total;

-- name: ListRedirectHeads :many
select * from redirect_heads where brand_id = sqlc.arg(brand_id) or sqlc.arg(brand_id) = '' order by brand_id;

-- name: AddRedirectVersion :exec
insert into redirect_versions (brand_id, number, at, actor, action, about, added, changed, removed, total)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: GetRedirectVersion :one
select * from redirect_versions where brand_id = $1 and number = $2;

-- name: ListRedirectVersions :many
-- The newest first, those before a number.
select * from redirect_versions
where (brand_id = sqlc.arg(brand_id) or sqlc.arg(brand_id) = '') and number < sqlc.arg(before)
order by at desc, number desc limit sqlc.arg(most);

-- name: ListLiveRedirects :many
-- Rules that are on and not over, of one brand or ('') of all that have at most so many rules.
select r.* from redirects r join redirect_heads h on h.brand_id = r.brand_id
where (r.brand_id = sqlc.arg(brand_id) or sqlc.arg(brand_id) = '') and h.total <= sqlc.arg(most)
  and r.enabled and (r.ends_at is null or r.ends_at > sqlc.arg(now)::timestamptz)
order by r.brand_id, r.match, r.source;

-- name: ListRedirects :many
-- Rules that are not over, of one brand or ('') of all.
select * from redirects
where (brand_id = sqlc.arg(brand_id) or sqlc.arg(brand_id) = '') and (ends_at is null or ends_at > sqlc.arg(now)::timestamptz)
order by brand_id, match, source;

-- name: GetRedirect :one
select * from redirects where id = $1;

-- name: ListRedirectsFrom :many
-- Rules with one of some sources, those that are over included.
select * from redirects where brand_id = $1 and source = any(sqlc.arg(sources)::text[]) order by match, source;

-- name: ListPatternRedirects :many
select * from redirects where brand_id = $1 and match = 'pattern' and enabled order by source limit sqlc.arg(most);

-- name: InsertRedirect :exec
insert into redirects (id, brand_id, match, source, target, status, preserve_query, preserve_suffix, include_subdomains, starts_at, ends_at,
    enabled, note, created_by, created_at, since_version, updated_by, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $14, $15);

-- name: UpdateRedirect :exec
update redirects set match = $2, source = $3, target = $4, status = $5, preserve_query = $6, preserve_suffix = $7, include_subdomains = $8,
    starts_at = $9, ends_at = $10, enabled = $11, note = $12, since_version = $13, updated_by = $14, updated_at = $15
where id = $1;

-- name: ArchiveRedirects :exec
-- Keeps rules as they are before a version changes or removes them.
insert into redirect_history (brand_id, rule_id, from_version, until_version, match, source, target, status, preserve_query,
    preserve_suffix, include_subdomains, starts_at, ends_at, enabled, note, created_by, created_at)
select brand_id, id, since_version, sqlc.arg(version)::integer, match, source, target, status, preserve_query,
    preserve_suffix, include_subdomains, starts_at, ends_at, enabled, note, created_by, created_at
from redirects where id = any(sqlc.arg(ids)::uuid[]);

-- name: DeleteRedirects :execrows
delete from redirects where id = any(sqlc.arg(ids)::uuid[]);

-- name: RedirectsTouched :many
-- The rules that differ between two versions (from < until), by their IDs.
select rule_id from redirect_history h1 where h1.brand_id = sqlc.arg(brand_id) and h1.until_version > sqlc.arg(since)::integer and h1.until_version <= sqlc.arg(upto)::integer
union
select rule_id from redirect_history h2 where h2.brand_id = sqlc.arg(brand_id) and h2.from_version > sqlc.arg(since)::integer and h2.from_version <= sqlc.arg(upto)::integer
union
select id from redirects r where r.brand_id = sqlc.arg(brand_id) and r.since_version > sqlc.arg(since)::integer and r.since_version <= sqlc.arg(upto)::integer
order by 1;

-- name: RedirectsAt :many
-- Some rules of a brand as they were in a version. Those that were not there then are missing.
select rule_id as id, match, source, target, status, preserve_query, preserve_suffix, include_subdomains, starts_at, ends_at, enabled, note, created_by, created_at
from redirect_history h where h.brand_id = sqlc.arg(brand_id) and h.rule_id = any(sqlc.arg(ids)::uuid[])
  and h.from_version <= sqlc.arg(version)::integer and h.until_version > sqlc.arg(version)::integer
union all
select id, match, source, target, status, preserve_query, preserve_suffix, include_subdomains, starts_at, ends_at, enabled, note, created_by, created_at
from redirects r where r.brand_id = sqlc.arg(brand_id) and r.id = any(sqlc.arg(ids)::uuid[]) and r.since_version <= sqlc.arg(version)::integer
order by source, match, id;

-- name: GetRedirectIndex :one
select * from redirect_indexes where brand_id = $1;

-- name: ListRedirectIndexes :many
select brand_id, version, sum, rules, built_at from redirect_indexes;

-- name: SetRedirectIndex :exec
insert into redirect_indexes (brand_id, version, sum, content, rules, built_at) values ($1, $2, $3, $4, $5, $6)
on conflict (brand_id) do update set version = excluded.version, sum = excluded.sum, content = excluded.content,
    rules = excluded.rules, built_at = excluded.built_at;

-- name: NoteHitBatch :execrows
insert into redirect_hit_batches (id, at) values ($1, $2) on conflict do nothing;

-- name: ForgetHitBatches :exec
delete from redirect_hit_batches where at < sqlc.arg(before)::timestamptz;

-- name: AddRedirectHits :exec
-- Counts wins of rules that exist.
insert into redirect_hits (rule_id, day, hits)
select n.id, sqlc.arg(day)::date, n.hits from (select unnest(sqlc.arg(ids)::uuid[]) as id, unnest(sqlc.arg(hits)::bigint[]) as hits) n
where exists (select from redirects r where r.id = n.id)
on conflict (rule_id, day) do update set hits = redirect_hits.hits + excluded.hits;

-- name: CreateRedirectImport :exec
insert into redirect_imports (id, actor, file_name, mode, default_site, state, total, created_at, updated_at)
values ($1, $2, $3, $4, $5, 'reading', $6, $7, $7);

-- name: GetRedirectImport :one
select * from redirect_imports where id = $1;

-- name: ListRedirectImports :many
select * from redirect_imports order by created_at desc limit $1;

-- name: ProgressRedirectImport :one
-- Says how far a job has come and learns whether it is to stop.
update redirect_imports set done = $2, total = $3, updated_at = $4 where id = $1 returning cancel;

-- name: MoveRedirectImport :execrows
-- Moves a job on, unless it has left the state it is thought to be in.
update redirect_imports set state = sqlc.arg(state), done = 0, total = sqlc.arg(total), updated_at = sqlc.arg(at)::timestamptz,
    finished_at = case when sqlc.arg(finished)::boolean then sqlc.arg(at)::timestamptz end, problem = sqlc.arg(problem)
where id = sqlc.arg(id) and state = any(sqlc.arg(was)::text[]);

-- name: CancelRedirectImport :exec
update redirect_imports set cancel = true where id = $1;

-- name: FinishReading :exec
update redirect_imports set rows = $2, faults = $3, fault_count = $4 where id = $1;

-- name: FinishAnalysis :exec
update redirect_imports set report = $2, base = $3 where id = $1;

-- name: FinishApplying :exec
update redirect_imports set made = $2 where id = $1;

-- name: ListStaleRedirectImports :many
-- Jobs whose process has not been heard of.
select id from redirect_imports where state in ('reading', 'analysing', 'applying', 'publishing') and updated_at < sqlc.arg(before)::timestamptz;

-- name: DropImportRows :exec
delete from redirect_import_rows where import_id = $1;

-- name: ListImportRows :many
select * from redirect_import_rows where import_id = sqlc.arg(import_id) and line > sqlc.arg(after)::integer order by line limit sqlc.arg(most)::integer;

-- name: ImportedBrands :many
select brand_id, count(*)::integer as rows from redirect_import_rows where import_id = $1 group by brand_id order by brand_id;

-- name: ArchiveImported :exec
-- Keeps the rules that lines of a file are about to change.
insert into redirect_history (brand_id, rule_id, from_version, until_version, match, source, target, status, preserve_query,
    preserve_suffix, include_subdomains, starts_at, ends_at, enabled, note, created_by, created_at)
select r.brand_id, r.id, r.since_version, v.number, r.match, r.source, r.target, r.status, r.preserve_query,
    r.preserve_suffix, r.include_subdomains, r.starts_at, r.ends_at, r.enabled, r.note, r.created_by, r.created_at
from redirect_import_rows n
join redirects r on r.brand_id = n.brand_id and r.match = n.match and r.source = n.source
join (select unnest(sqlc.arg(brands)::text[]) as brand_id, unnest(sqlc.arg(numbers)::integer[]) as number) v on v.brand_id = n.brand_id
where n.import_id = sqlc.arg(import_id) and n.line > sqlc.arg(after)::integer and n.line <= sqlc.arg(upto)::integer
  and (r.target, r.status, r.preserve_query, r.preserve_suffix, r.include_subdomains, r.starts_at, r.ends_at, r.enabled, r.note)
      is distinct from (n.target, n.status, n.preserve_query, n.preserve_suffix, n.include_subdomains, n.starts_at, n.ends_at, n.enabled, n.note);

-- name: UpdateImported :many
with changed as (
    update redirects r set target = n.target, status = n.status, preserve_query = n.preserve_query, preserve_suffix = n.preserve_suffix, include_subdomains = n.include_subdomains,
        starts_at = n.starts_at, ends_at = n.ends_at, enabled = n.enabled, note = n.note,
        since_version = v.number, updated_by = sqlc.arg(actor)::text, updated_at = sqlc.arg(at)::timestamptz
    from redirect_import_rows n
    join (select unnest(sqlc.arg(brands)::text[]) as brand_id, unnest(sqlc.arg(numbers)::integer[]) as number) v on v.brand_id = n.brand_id
    where n.import_id = sqlc.arg(import_id) and n.line > sqlc.arg(after)::integer and n.line <= sqlc.arg(upto)::integer
      and r.brand_id = n.brand_id and r.match = n.match and r.source = n.source
      and (r.target, r.status, r.preserve_query, r.preserve_suffix, r.include_subdomains, r.starts_at, r.ends_at, r.enabled, r.note)
          is distinct from (n.target, n.status, n.preserve_query, n.preserve_suffix, n.include_subdomains, n.starts_at, n.ends_at, n.enabled, n.note)
    returning r.brand_id
) select brand_id, count(*)::integer as rules from changed group by brand_id;

-- name: InsertImported :many
with made as (
    insert into redirects (id, brand_id, match, source, target, status, preserve_query, preserve_suffix, include_subdomains, starts_at, ends_at,
        enabled, note, created_by, created_at, since_version, updated_by, updated_at)
    select n.id, n.brand_id, n.match, n.source, n.target, n.status, n.preserve_query, n.preserve_suffix, n.include_subdomains, n.starts_at, n.ends_at,
        n.enabled, n.note, sqlc.arg(actor)::text, sqlc.arg(at)::timestamptz, v.number, sqlc.arg(actor)::text, sqlc.arg(at)::timestamptz
    from redirect_import_rows n
    join (select unnest(sqlc.arg(brands)::text[]) as brand_id, unnest(sqlc.arg(numbers)::integer[]) as number) v on v.brand_id = n.brand_id
    where n.import_id = sqlc.arg(import_id) and n.line > sqlc.arg(after)::integer and n.line <= sqlc.arg(upto)::integer
    on conflict (brand_id, match, source) do nothing
    returning brand_id
) select brand_id, count(*)::integer as rules from made group by brand_id;

-- name: RedirectsNotImported :many
-- The rules of the sites in a file that the file does not have.
select r.id from redirects r
where r.brand_id = any(sqlc.arg(brands)::text[])
  and not exists (select from redirect_import_rows n where n.import_id = sqlc.arg(import_id)
      and n.brand_id = r.brand_id and n.match = r.match and n.source = r.source)
order by r.id;

-- name: CountRedirectsOf :many
select brand_id, count(*)::integer as rules from redirects where id = any(sqlc.arg(ids)::uuid[]) group by brand_id;

-- name: ArchiveBrandRedirects :exec
-- Keeps those of some rules that belong to one brand.
insert into redirect_history (brand_id, rule_id, from_version, until_version, match, source, target, status, preserve_query,
    preserve_suffix, include_subdomains, starts_at, ends_at, enabled, note, created_by, created_at)
select r.brand_id, r.id, r.since_version, sqlc.arg(version)::integer, r.match, r.source, r.target, r.status, r.preserve_query,
    r.preserve_suffix, r.include_subdomains, r.starts_at, r.ends_at, r.enabled, r.note, r.created_by, r.created_at
from redirects r where r.brand_id = sqlc.arg(brand_id) and r.id = any(sqlc.arg(ids)::uuid[]);

-- name: LastImportLine :one
select coalesce(max(line), 0)::integer from redirect_import_rows where import_id = $1;

-- name: PreviewImport :many
-- What applying would do to each site's rules, but for those that a replacement removes.
select n.brand_id,
    count(*) filter (where r.id is null)::integer as added,
    count(*) filter (where r.id is not null and (r.target, r.status, r.preserve_query, r.preserve_suffix, r.include_subdomains, r.starts_at, r.ends_at, r.enabled, r.note)
        is distinct from (n.target, n.status, n.preserve_query, n.preserve_suffix, n.include_subdomains, n.starts_at, n.ends_at, n.enabled, n.note))::integer as changed,
    count(*)::integer as rows
from redirect_import_rows n
left join redirects r on r.brand_id = n.brand_id and r.match = n.match and r.source = n.source
where n.import_id = $1 group by n.brand_id order by n.brand_id;
