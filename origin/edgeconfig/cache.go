package edgeconfig

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
)

// Tags of what edge caches keep of a site: EverythingTag, one of CacheTags, or ShowTag of a show.
const (
	EverythingTag = ""
	ListingsTag   = site.TagListings
)

// CacheTags are those that every site has.
func CacheTags() []string {
	return []string{site.ClassPage, site.ClassAsset, site.ClassSearch, ListingsTag}
}

// ShowTag is the tag of a show's pages.
func ShowTag(slug string) string { return site.TagShow + slug }

// isCacheTag says whether the edge tags anything so.
func isCacheTag(tag string) bool {
	if tag == EverythingTag || slices.Contains(CacheTags(), tag) {
		return true
	}
	slug, ok := strings.CutPrefix(tag, site.TagShow)
	return ok && slug != "" && len(slug) <= 200 && strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// fullTag is a tag as the edge writes it: "lyceum", "lyceum-show-hamlet".
func fullTag(brandID, tag string) string {
	if tag == EverythingTag {
		return brandID
	}
	return brandID + "-" + tag
}

// purgeRecord is what the audit keeps of a purge.
type purgeRecord struct {
	Tag string `json:"tag,omitempty"` // "" is everything
}

// PurgeCache makes the edge answer anew, from when it is published, what has a tag: EverythingTag, one of CacheTags or a
// ShowTag. brandID may be AllSites. The tags returned are for a Zone, to be told after publishing.
func (e *Editor) PurgeCache(ctx context.Context, actor, brandID, tag string) (tags []string, err error) {
	if !isCacheTag(tag) {
		return nil, refuse("nothing at the edge is tagged %q: it is one of %s, or show- and a show’s name in addresses", tag, strings.Join(CacheTags(), ", "))
	}
	err = e.edit(ctx, actor, brandID, func(q *dbsqlc.Queries, b dbsqlc.Brand) ([]change, error) {
		tags = append(tags, fullTag(b.ID, tag))
		if err := bump(ctx, q, e.Now().UTC(), []dbsqlc.TakeCacheChangesRow{{BrandID: b.ID, Tag: tag}}); err != nil {
			return nil, err
		}
		return []change{{action: "cache.purge", after: purgeRecord{tag}}}, nil
	})
	return tags, err
}

// epochsOf reads how often what was purged, by brand and tag.
func epochsOf(ctx context.Context, q *dbsqlc.Queries, brandID string) (map[string]map[string]int64, error) {
	rows, err := q.ListCacheEpochs(ctx, brandID)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	all := map[string]map[string]int64{}
	for _, row := range rows {
		if all[row.BrandID] == nil {
			all[row.BrandID] = map[string]int64{}
		}
		all[row.BrandID][row.Tag] = row.Epoch
	}
	return all, nil
}

// epochs are those of a document that is complete but for them. Where pages are not shared, nobody need hear that some
// have changed.
func epochs(doc *site.Site, purged map[string]int64) site.CacheEpochs {
	e := site.CacheEpochs{Config: configOf(doc)}
	for tag, n := range purged {
		switch {
		case tag == EverythingTag, tag == site.ClassAsset:
		case tag == site.ClassSearch && doc.Cache.SearchTTL > 0:
		case tag != site.ClassSearch && doc.Cache.PageTTL > 0:
		default:
			continue
		}
		if e.Tags == nil {
			e.Tags = map[string]int64{}
		}
		e.Tags[fullTag(doc.ID, tag)] = n
	}
	return e
}

// configOf stands for everything in a document that answers of the origin, or what is kept beside them, depend on. What
// the edge does by itself with each request (maintenance, redirects, limits, rooms) leaves what is kept as it is.
func configOf(doc *site.Site) string {
	text, err := json.Marshal([]any{
		doc.Name, doc.HTTPS, doc.Country, doc.Locale, doc.Currency, doc.TimeZone, doc.Theme,
		doc.Locales, doc.Rewrites, doc.Cache, doc.Headers, doc.Origin.Colour,
	})
	if err != nil {
		panic("edgeconfig: plain values can't be encoded: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:4])
}
