package storefront_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/show"
)

// readingDouble is what editors of the Lyceum wrote.
type readingDouble struct {
	articles []show.Article
	banners  []show.Banner
	company  show.Company
	err      error
}

func (d *readingDouble) Company(context.Context, uuid.UUID, string) (show.Company, error) {
	return d.company, d.err
}

func (d *readingDouble) Articles(_ context.Context, brandID string, _ uuid.UUID, skip, most int) ([]show.Article, error) {
	if brandID != "lyceum" || skip >= len(d.articles) {
		return nil, d.err
	}
	return d.articles[skip:min(skip+most, len(d.articles))], d.err
}

func (d *readingDouble) Article(_ context.Context, brandID, slug string) (show.Article, error) {
	for _, a := range d.articles {
		if a.Slug == slug && brandID == "lyceum" {
			return a, d.err
		}
	}
	return show.Article{}, show.ErrNotFound
}

func (d *readingDouble) Banners(context.Context, string, uuid.UUID, time.Time) ([]show.Banner, error) {
	return d.banners, d.err
}

// write fills every part of a page that editors write for.
func (d *readingDouble) write() {
	d.company = show.Company{
		Cast: []show.Credit{
			{Role: "Hamlet", Name: "Ada Marlowe", Biography: "<p>Played <em>everywhere</em>, and nowhere for long.</p>", Website: "https://example.com/"},
			{Role: "A ghost", Name: "Benedict Kyd"}},
		Creative: []show.Credit{{Role: "Director", Name: "Constance Nashe"}},
	}
	body := "<p>They walk at <strong>midnight</strong>, and <a href=\"/shows/hamlet\">in the first scene</a>.</p><h2>Where they come from</h2><ul><li>Cellars</li><li><p>Battlements</p></li></ul><blockquote><p>Remember me.</p></blockquote>"
	d.articles = []show.Article{
		{Slug: "on-ghosts", Title: "On ghosts", Summary: "They walk, and they have their reasons.", Body: body, Author: "A. Writer", PublishedOn: now},
		{Slug: "on-swords", Title: "On swords", Summary: "Blunt ones.", Body: body, PublishedOn: now.AddDate(0, 0, -3)}}
	d.banners = []show.Banner{{Headline: "A fifth off", Message: "for weekday matinees.", Code: "WINTER-20", LinkPath: "/shows/hamlet", LinkText: "Book now", EndsAt: time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)}}
}

func TestReading(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	lyceum, shubert := h.visitor("lyceum"), h.visitor("shubert")
	lyceum.get("/read").want(200).has("Nothing has been written here yet")
	for n := range 14 {
		h.reading.articles = append(h.reading.articles, show.Article{
			Slug: fmt.Sprintf("story-%d", n), Title: fmt.Sprintf("Story %d %s", n, hostile), Summary: "In short", Body: "<p>At <em>length</em>.</p>",
			Author: "A. Writer", PublishedOn: time.Date(2026, 11, 20-n, 0, 0, 0, 0, time.UTC),
		})
	}
	lyceum.get("/read").want(200).has("/read/story-0", "/read/story-11", "/read?page=2", "20 November 2026").lacks("/read/story-12", hostile)
	lyceum.get("/read?page=2").want(200).has("/read/story-12", `href="/read"`).lacks("/read/story-11", "/read?page=3")
	lyceum.get("/read?page=3").want(404)
	lyceum.get("/read?page=99999999999").want(404)
	lyceum.get("/read?page=-1").want(200).has("/read/story-0")
	page := lyceum.get("/read/story-3").want(200).has("<p>At <em>length</em>.</p>", "by A. Writer", `"datePublished":"2026-11-17"`).lacks(hostile)
	if cache := page.header.Get("Cache-Control"); !strings.HasPrefix(cache, "public") {
		t.Errorf("an article is kept as %q, want the edge to share it", cache)
	}
	lyceum.get("/read/unknown").want(404)
	shubert.get("/read/story-3").want(404)
	lyceum.get("/sitemap.xml").want(200).has("/read/story-13")
}

func TestShowTellsWhoAndWhat(t *testing.T) {
	t.Parallel()
	h := newTheatre(t)
	lyceum := h.visitor("lyceum")
	lyceum.get("/shows/hamlet").want(200).has("Description of Hamlet").lacks("Cast", "Creative team", "Read more", `data-testid="banner"`)
	h.shows.acts[0].DescriptionHTML = "<p>Laid <strong>out</strong>.</p>"
	h.reading.write()
	h.reading.company.Cast[1].Name, h.reading.banners[0].LinkText = hostile, ""
	lyceum.get("/shows/hamlet").want(200).has("<p>Laid <strong>out</strong>.</p>", "Ada Marlowe", "<p>Played <em>everywhere</em>, and nowhere for long.</p>", "https://example.com/",
		"Creative team", "Constance Nashe", "/read/on-ghosts", "A fifth off", "WINTER-20", "24 December 2026", "Find out more").lacks("Description of Hamlet", hostile)
	lyceum.get("/").want(200).has("A fifth off", "WINTER-20")
	h.visitor("stagedoor").get("/").want(200).has("A fifth off")
	h.reading.err = context.DeadlineExceeded
	lyceum.get("/shows/hamlet").want(503)
}
