package smoke

import (
	"context"
	"errors"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"
)

// waitUntilOpen waits for a house that is still starting, for as long as the caller allowed.
func (v *visit) waitUntilOpen(ctx context.Context) (string, error) {
	deadline := time.Now().Add(v.config.Wait)
	for {
		_, err := v.buyer.page(ctx, "/")
		if err == nil {
			return v.config.Site.String() + " answers", nil
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("%s does not answer: %w (is `make up` running?)", v.config.Site, err)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (v *visit) home(ctx context.Context) (string, error) {
	page, err := v.buyer.page(ctx, "/")
	if err != nil {
		return "", err
	}
	var list struct {
		Shows []showView `json:"shows"`
	}
	if err := v.buyer.get(ctx, "/api/v1/shows", &list); err != nil {
		return "", err
	}
	for _, show := range list.Shows {
		if err := v.buyer.get(ctx, "/api/v1/shows/"+show.Slug, &v.show); err != nil {
			return "", err
		}
		for _, night := range v.show.Performances {
			if night.Status != "on_sale" {
				continue
			}
			if !strings.Contains(page, html.EscapeString(v.show.Title)) {
				return "", fmt.Errorf("the home page does not name %q, which is on sale", v.show.Title)
			}
			v.night.ID = night.ID
			return fmt.Sprintf("%d shows, %q on sale", len(list.Shows), v.show.Title), nil
		}
	}
	return "", errors.New("no show has a performance on sale: run `stagedoor seed`")
}

// search looks for the show with two letters of its longest word swapped.
func (v *visit) search(ctx context.Context) (string, error) {
	typo := misspelt(v.show.Title)
	var results struct {
		Hits []struct {
			Title string `json:"title"`
		} `json:"hits"`
	}
	if err := v.buyer.get(ctx, "/api/v1/search?q="+url.QueryEscape(typo), &results); err != nil {
		return "", err
	}
	for _, hit := range results.Hits {
		if hit.Title == v.show.Title {
			return fmt.Sprintf("%q finds %q", typo, hit.Title), nil
		}
	}
	return "", fmt.Errorf("%q does not find %q", typo, v.show.Title)
}

func misspelt(title string) string {
	longest := ""
	for _, word := range strings.Fields(title) {
		if len(word) > len(longest) {
			longest = word
		}
	}
	letters := []rune(longest)
	if middle := len(letters) / 2; len(letters) > 3 {
		letters[middle], letters[middle+1] = letters[middle+1], letters[middle]
	}
	return string(letters)
}

func (v *visit) seatMap(ctx context.Context) (string, error) {
	if _, err := v.buyer.page(ctx, "/performances/"+v.night.ID); err != nil {
		return "", err
	}
	if err := v.buyer.get(ctx, "/api/v1/performances/"+v.night.ID, &v.night); err != nil {
		return "", err
	}
	if err := v.buyer.get(ctx, v.night.PlanURL, &v.plan); err != nil {
		return "", err
	}
	first, changes, err := v.rival.watch(ctx, v.night.EventsURL)
	if err != nil {
		return "", err
	}
	v.changes = changes
	count := 0
	var pairs [][]string
	for _, section := range v.plan.Sections {
		for _, row := range section.Rows {
			count += len(row.Seats)
			for i := 1; i < len(row.Seats); i++ {
				left, right := row.Seats[i-1], row.Seats[i]
				if left.Kind == "standard" && right.Kind == "standard" && first.Seats[left.ID] == "" && first.Seats[right.ID] == "" {
					pairs = append(pairs, []string{left.ID, right.ID})
				}
			}
		}
	}
	if len(pairs) == 0 {
		return "", errors.New("no two neighbouring seats are free")
	}
	rand.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	v.pairs = pairs
	return fmt.Sprintf("%d seats, %d taken, another browser watches live", count, len(first.Seats)), nil
}
