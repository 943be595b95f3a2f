-- name: GetArticleBySlug :one
select * from articles where brand_id = @brand_id and slug = @slug;

-- name: PutArticle :exec
insert into articles (id, source, entry_id, brand_id, slug, title, summary, body_html, author, published_on)
values (@id, @source, @entry_id, @brand_id, @slug, @title, @summary, @body_html, @author, @published_on)
on conflict (id) do update set brand_id = excluded.brand_id, slug = excluded.slug, title = excluded.title,
    summary = excluded.summary, body_html = excluded.body_html, author = excluded.author, published_on = excluded.published_on;

-- name: DropArticle :one
delete from articles where id = $1 returning brand_id;

-- name: ListArticleProductions :many
select production_id from article_productions where article_id = $1 order by production_id;

-- name: DropArticleProductions :exec
delete from article_productions where article_id = $1;

-- name: AddArticleProductions :exec
insert into article_productions (article_id, production_id) select @article_id::uuid, unnest(@productions::uuid[]);

-- name: ListArticles :many
-- A site's articles, the newest first; those about a production alone unless it is the nil UUID.
select id, slug, title, summary, author, published_on from articles a
where a.brand_id = @brand_id
  and (@production_id::uuid = '00000000-0000-0000-0000-000000000000'
       or exists (select from article_productions x where x.article_id = a.id and x.production_id = @production_id))
order by a.published_on desc, a.slug
limit @most offset @skip;

-- name: ListBanners :many
-- Banners of a site at an instant, those that end first coming first: on one production's page those of that production
-- and of the whole brand; with the nil UUID all of them.
select m.id, m.headline, m.message, m.link_text, m.link_path, m.ends_at, coalesce(c.code, '')::text as code,
    coalesce(p.slug, '')::text as production_slug
from promotions m
left join promo_codes c on c.id = m.promo_id and not c.paused and (c.most_uses is null or c.uses < c.most_uses)
left join productions p on p.id = m.production_id and p.published
where m.brand_id = @brand_id and m.headline <> '' and m.starts_at <= @at_time and (m.ends_at is null or m.ends_at > @at_time)
  and (m.production_id is null or p.id is not null)
  and (@production_id::uuid = '00000000-0000-0000-0000-000000000000' or m.production_id is null or m.production_id = @production_id)
order by m.ends_at nulls last, m.starts_at desc, m.id
limit @most;

-- name: PutPromotion :exec
insert into promotions (id, source, entry_id, brand_id, production_id, starts_at, ends_at, headline, message, link_text, link_path, promo_id)
values (@id, @source, @entry_id, @brand_id, @production_id, @starts_at, @ends_at, @headline, @message, @link_text, @link_path, @promo_id)
on conflict (id) do update set brand_id = excluded.brand_id, production_id = excluded.production_id,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, headline = excluded.headline, message = excluded.message,
    link_text = excluded.link_text, link_path = excluded.link_path, promo_id = excluded.promo_id;

-- name: DropPromotion :one
delete from promotions where id = $1 returning brand_id;

-- name: PromoOfMaker :one
select * from promo_codes where created_by = $1 for update;

-- name: ChangePromo :exec
-- A code that its entry had paused can be used again. One that staff paused in the console stays paused.
update promo_codes set code = @code, about = @about, brand_id = @brand_id, production_id = @production_id, percent = @percent,
    amount = @amount, currency = @currency, starts_at = @starts_at, ends_at = @ends_at, most_uses = @most_uses,
    most_per_email = @most_per_email, stackable = @stackable, paused = paused and not paused_by_entry, paused_by_entry = false
where id = @id;

-- name: PausePromoOfEntry :exec
-- One that staff paused before is theirs to let go on.
update promo_codes set paused = true, paused_by_entry = true where id = @id and not paused;
