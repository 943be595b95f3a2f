package site

// CacheEpochs say which generation of shared answers a site is in: what was
// kept in an earlier one is not found any more. The Worker's shell reads them
// (edge/worker/epochs.mjs) and makes them a part of the key under which an
// answer is kept; the filters need not know them.
type CacheEpochs struct {
	// Config stands for the settings that answers depend on: hexadecimal, at
	// most 32 digits. Other settings, another generation.
	Config string `json:"config,omitempty"`
	// Tags count how often what has a tag was purged, by the tags that the
	// cache filter gives answers; one that is missing never was.
	Tags map[string]int64 `json:"tags,omitempty"`
}

// What the cache filter's tags say of an answer, after the site's ID and "-".
// The ID alone is the tag of everything of the site.
const (
	TagShow     = "show-"    // and the show's slug: pages under /shows/
	TagListings = "listings" // pages that belong to no one show
)

// MaxCacheTags is how many tags a document may count purges of.
const MaxCacheTags = 64
