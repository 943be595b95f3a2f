package show

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Credit is one line of a cast list or of the creative team.
type Credit struct {
	Role      string
	Name      string
	Biography string // sanitised HTML; may be empty
	Website   string // may be empty
}

// Company is who makes a production, in the order of the programme.
type Company struct{ Cast, Creative []Credit }

// Article is a page to read on a brand's site.
type Article struct {
	ID          uuid.UUID
	Slug        string // unique within the brand
	Title       string
	Summary     string // one sentence
	Body        string // sanitised HTML; "" where articles are listed
	Author      string // may be empty
	PublishedOn time.Time
}

// Banner is what a brand announces on its pages for a while.
type Banner struct {
	Headline string
	Message  string
	Code     string // promo code to mention; "" for none, or when it can't be used
	LinkText string
	LinkPath string    // on the brand's site; "" for none
	EndsAt   time.Time // zero: open
}

// Company returns who makes a production; biographies in a locale or, where there is none in it, in another.
func (r *Repository) Company(ctx context.Context, productionID uuid.UUID, locale string) (Company, error) {
	rows, err := dbsqlc.New(r.db).ListProductionPeople(ctx, productionID)
	if err != nil {
		return Company{}, reading("the company", err)
	}
	var company Company
	for _, row := range rows {
		texts := map[string]string{}
		if err := json.Unmarshal(row.Biography, &texts); err != nil {
			return Company{}, fmt.Errorf("show: biography of %s: %w", row.Name, err)
		}
		credit := Credit{Role: row.Role, Name: row.Name, Website: row.Website, Biography: textIn(texts, locale, row.DefaultLocale)}
		if row.Part == "cast" {
			company.Cast = append(company.Cast, credit)
		} else {
			company.Creative = append(company.Creative, credit)
		}
	}
	return company, nil
}

// textIn chooses the text of a locale, or of another one of the same language, or of the default locale. Keys are in
// lower case.
func textIn(texts map[string]string, locale, main string) string {
	locale = strings.ToLower(locale)
	if text, found := texts[locale]; found {
		return text
	}
	language, _, _ := strings.Cut(locale, "-")
	best := ""
	for key := range texts {
		if of, _, _ := strings.Cut(key, "-"); of == language && (best == "" || key == main || best != main && key < best) {
			best = key
		}
	}
	if best == "" {
		best = main
	}
	return texts[best]
}

// Articles returns articles of a brand, the newest first: at most most of them after the first skip, and only those about
// a production unless it is uuid.Nil.
func (r *Repository) Articles(ctx context.Context, brandID string, productionID uuid.UUID, skip, most int) ([]Article, error) {
	rows, err := dbsqlc.New(r.db).ListArticles(ctx, dbsqlc.ListArticlesParams{
		BrandID: brandID, ProductionID: productionID, Skip: int32(skip), Most: int32(most),
	})
	if err != nil {
		return nil, reading("articles", err)
	}
	articles := make([]Article, len(rows))
	for i, row := range rows {
		articles[i] = Article{ID: row.ID, Slug: row.Slug, Title: row.Title, Summary: row.Summary, Author: row.Author, PublishedOn: row.PublishedOn}
	}
	return articles, nil
}

// Article returns one article of a brand, or ErrNotFound.
func (r *Repository) Article(ctx context.Context, brandID, slug string) (Article, error) {
	row, err := dbsqlc.New(r.db).GetArticleBySlug(ctx, dbsqlc.GetArticleBySlugParams{BrandID: brandID, Slug: slug})
	if err != nil {
		return Article{}, reading("article "+slug, err)
	}
	return Article{
		ID: row.ID, Slug: row.Slug, Title: row.Title, Summary: row.Summary, Body: row.BodyHtml, Author: row.Author, PublishedOn: row.PublishedOn,
	}, nil
}

// mostBanners is how many banners a page shows at most: more than two are none.
const mostBanners = 2

// Banners returns what a brand announces at an instant, what ends first coming first: on the page of a production what
// concerns it, with uuid.Nil everything.
func (r *Repository) Banners(ctx context.Context, brandID string, productionID uuid.UUID, now time.Time) ([]Banner, error) {
	rows, err := dbsqlc.New(r.db).ListBanners(ctx, dbsqlc.ListBannersParams{BrandID: brandID, AtTime: now, ProductionID: productionID, Most: mostBanners})
	if err != nil {
		return nil, reading("banners", err)
	}
	banners := make([]Banner, len(rows))
	for i, row := range rows {
		banners[i] = Banner{Headline: row.Headline, Message: row.Message, Code: row.Code, LinkText: row.LinkText, LinkPath: row.LinkPath}
		if row.LinkPath == "" && row.ProductionSlug != "" {
			banners[i].LinkPath = "/shows/" + row.ProductionSlug
		}
		if row.EndsAt != nil {
			banners[i].EndsAt = row.EndsAt.UTC()
		}
	}
	return banners, nil
}
