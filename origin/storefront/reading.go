package storefront

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/origin/storefront/page"
)

// Reading is what editors write besides shows; a show.Repository is one.
type Reading interface {
	Company(ctx context.Context, productionID uuid.UUID, locale string) (show.Company, error)
	Articles(ctx context.Context, brandID string, productionID uuid.UUID, skip, most int) ([]show.Article, error)
	Article(ctx context.Context, brandID, slug string) (show.Article, error)
	Banners(ctx context.Context, brandID string, productionID uuid.UUID, now time.Time) ([]show.Banner, error)
}

const (
	articlesAPage   = 12
	articlesAShow   = 4
	articlesInAMap  = 1000 // of the site, for search engines
	mostArticlePage = 1000
)

// articles lists what there is to read on a site, the newest first.
func (s *Store) articles(v *visit) error {
	at, err := strconv.Atoi(v.r.URL.Query().Get("page"))
	if err != nil || at < 1 {
		at = 1
	}
	p := page.Articles{Frame: v.frame()}
	p.Title, p.Path = "News and stories", "/read"
	p.Description = "News, interviews and stories from " + v.brand.Name + "."
	if s.Reading != nil && at <= mostArticlePage {
		found, err := s.Reading.Articles(v.ctx, v.brand.ID, uuid.Nil, (at-1)*articlesAPage, articlesAPage+1)
		if err != nil {
			return err
		}
		if len(found) > articlesAPage {
			found, p.Older = found[:articlesAPage], "/read?page="+strconv.Itoa(at+1)
		}
		p.Articles = v.teasers(found)
	}
	switch {
	case at > 1 && len(p.Articles) == 0:
		return errNoPage
	case at == 2:
		p.Newer = "/read"
	case at > 2:
		p.Newer = "/read?page=" + strconv.Itoa(at-1)
	}
	if at > 1 {
		p.Path = "/read?page=" + strconv.Itoa(at)
	}
	return v.showAll(page.ArticlesPage(p))
}

func (s *Store) article(v *visit) error {
	if s.Reading == nil {
		return errNoPage
	}
	found, err := s.Reading.Article(v.ctx, v.brand.ID, v.r.PathValue("slug"))
	if err != nil {
		return err
	}
	p := page.Article{Frame: v.frame(), Told: v.teasers([]show.Article{found})[0], Body: found.Body}
	p.Title, p.Description, p.Path = found.Title, found.Summary, "/read/"+found.Slug
	p.Story = map[string]any{
		"@context": "https://schema.org", "@type": "Article", "headline": found.Title, "description": found.Summary,
		"datePublished": found.PublishedOn.Format(time.DateOnly), "url": v.origin + p.Path,
		"publisher": map[string]any{"@type": "Organization", "name": v.brand.Name, "url": v.origin + "/"},
	}
	return v.showAll(page.ArticlePage(p))
}

func (v *visit) teasers(articles []show.Article) []page.Teaser {
	out := make([]page.Teaser, len(articles))
	for i, a := range articles {
		out[i] = page.Teaser{
			URL: "/read/" + a.Slug, Title: a.Title, Summary: a.Summary, Author: a.Author,
			Date: v.words.Date(a.PublishedOn), Machine: a.PublishedOn.Format(time.DateOnly),
		}
	}
	return out
}

// banners are what the site announces now.
func (s *Store) banners(v *visit, production uuid.UUID) ([]page.Banner, error) {
	if s.Reading == nil {
		return nil, nil
	}
	found, err := s.Reading.Banners(v.ctx, v.brand.ID, production, v.now)
	if err != nil {
		return nil, err
	}
	out := make([]page.Banner, len(found))
	for i, b := range found {
		out[i] = page.Banner{Headline: b.Headline, Message: b.Message, Code: b.Code, URL: b.LinkPath, Link: b.LinkText}
		if out[i].Link == "" {
			out[i].Link = "Find out more"
		}
		if !b.EndsAt.IsZero() {
			// What ends at midnight ends with the day before.
			out[i].Until = v.words.Date(b.EndsAt.Add(-time.Second).In(v.brand.Location()))
		}
	}
	return out, nil
}

// reading adds to a show's page what editors wrote about it.
func (s *Store) reading(v *visit, listing show.Listing, p *page.Show) (err error) {
	p.About = listing.DescriptionHTML
	if s.Reading == nil {
		return nil
	}
	if p.Banners, err = s.banners(v, listing.ID); err != nil {
		return err
	}
	company, err := s.Reading.Company(v.ctx, listing.ID, v.brand.Locale)
	if err != nil {
		return err
	}
	p.Cast, p.Creative = credits(company.Cast), credits(company.Creative)
	articles, err := s.Reading.Articles(v.ctx, v.brand.ID, listing.ID, 0, articlesAShow)
	p.Articles = v.teasers(articles)
	return err
}

func credits(list []show.Credit) []page.Credit {
	out := make([]page.Credit, len(list))
	for i, c := range list {
		out[i] = page.Credit(c)
	}
	return out
}

// readPaths are the articles' addresses, for search engines.
func (s *Store) readPaths(v *visit) ([]string, error) {
	if s.Reading == nil {
		return nil, nil
	}
	found, err := s.Reading.Articles(v.ctx, v.brand.ID, uuid.Nil, 0, articlesInAMap)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	paths := []string{"/read"}
	for _, a := range found {
		paths = append(paths, "/read/"+a.Slug)
	}
	return paths, nil
}
