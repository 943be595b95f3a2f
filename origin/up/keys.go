package up

import (
	"errors"

	"github.com/stagedoor/stagedoor/origin/up/datadir"
)

// keys are the secrets between the parts, made the first time and kept in the data folder.
type keys struct{ postgres, redis, nats, search, hop, link, cloudflare, ops, rooms, contentful, contentfulAPI, umbraco, umbracoAPI string }

func readKeys(d *datadir.Dir) (keys, error) {
	var k keys
	var errs []error
	for _, key := range []struct {
		name string
		into *string
	}{
		{"postgres", &k.postgres}, {"redis", &k.redis}, {"nats", &k.nats}, {"search", &k.search},
		{"hop", &k.hop}, {"link", &k.link}, {"cloudflare", &k.cloudflare}, {"ops", &k.ops}, {"rooms", &k.rooms},
		{"contentful", &k.contentful}, {"contentful-api", &k.contentfulAPI}, {"umbraco", &k.umbraco}, {"umbraco-api", &k.umbracoAPI},
	} {
		var err error
		*key.into, err = d.Key(key.name)
		errs = append(errs, err)
	}
	return k, errors.Join(errs...)
}
