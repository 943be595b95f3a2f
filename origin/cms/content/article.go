package content

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/cms"
	"github.com/stagedoor/stagedoor/origin/cms/richtext"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

type article struct {
	slug, author   string
	title, summary words[string]
	body           words[richtext.Text]
	brand          cms.Ref
	publishedOn    time.Time
	productions    []cms.Ref
}

func decodeArticle(r *reader) entry {
	return article{
		slug: one(each(r, "slug", slug)), author: one(each(r, "author", text)), title: each(r, "title", text), summary: each(r, "summary", text),
		body: each(r, "body", rich), brand: one(each(r, "brand", link)), publishedOn: one(each(r, "publishedOn", date)),
		productions: one(each(r, "productions", links)),
	}
}

// write makes the article of the entry, or changes it.
func (a article) write(ctx context.Context, w *work, _ bool) (string, error) {
	brandID, err := w.refer(ctx, "brand", a.brand, cms.Brand)
	if err != nil {
		return "", err
	}
	var about []uuid.UUID
	for _, ref := range a.productions {
		id, err := w.referRow(ctx, "productions", ref, cms.Production)
		if err != nil {
			return "", err
		}
		about = append(about, id)
	}
	slices.SortFunc(about, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	house, err := w.q.GetBrand(ctx, brandID)
	if err != nil {
		return "", err
	}
	w.facts.brandID = brandID
	id := identify(w.change.Source, w.change.ID, "article")
	other, err := w.q.GetArticleBySlug(ctx, dbsqlc.GetArticleBySlugParams{BrandID: brandID, Slug: a.slug})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", err
	}
	if err == nil && other.ID != id {
		return "", w.invalid(Fault{Field: "slug", Why: "is taken on this site by " + other.Title})
	}
	if err := w.q.PutArticle(ctx, dbsqlc.PutArticleParams{
		ID: id, Source: string(w.change.Source), EntryID: w.change.ID, BrandID: brandID, Slug: a.slug, Title: a.title.in(house.Locale),
		Summary: a.summary.in(house.Locale), BodyHtml: a.body.in(house.Locale).HTML, Author: a.author, PublishedOn: a.publishedOn,
	}); err != nil {
		return "", err
	}
	if err := w.q.DropArticleProductions(ctx, id); err != nil {
		return "", err
	}
	return id.String(), w.q.AddArticleProductions(ctx, dbsqlc.AddArticleProductionsParams{ArticleID: id, Productions: about})
}

// dropArticle takes the page away.
func dropArticle(ctx context.Context, w *work, domainID string) error {
	id, err := uuid.Parse(domainID)
	if err != nil {
		return err
	}
	w.facts.brandID, err = w.q.DropArticle(ctx, id)
	return unlessGone(err)
}

// unlessGone takes it that what was to be deleted is not there any more.
func unlessGone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
