package edgeconfig

import (
	"context"
	"fmt"
	"slices"

	"github.com/cloudflare/cloudflare-go/v6/cache"
)

// purgeAtOnce is how many tags Cloudflare takes in one request:
// https://developers.cloudflare.com/cache/how-to/purge-cache/#availability-and-limits
const purgeAtOnce = 100

// PurgeTags implements Zone: every data centre drops what it keeps with one of the tags, whichever plan the zone has.
func (c Cloudflare) PurgeTags(ctx context.Context, tags []string) error {
	if c.Zone == "" {
		return nil
	}
	service := cache.NewCacheService(c.options()...)
	for some := range slices.Chunk(tags, purgeAtOnce) {
		var body cache.CachePurgeParamsBodyCachePurgeFlexPurgeByTags
		body.Tags.Value, body.Tags.Present = some, true
		params := cache.CachePurgeParams{Body: body}
		params.ZoneID.Value, params.ZoneID.Present = c.Zone, true
		if _, err := service.Purge(ctx, params); err != nil {
			return fmt.Errorf("purge %d tags at Cloudflare: %w", len(some), err)
		}
	}
	return nil
}
