package index

import (
	"context"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// Targets says which collections a write goes into. While package swap replaces one, it is two: first the one that
// people search. None is the alias alone.
//
// For nothing to be lost, a writer reads what it writes before it asks: should it not be told of the new collection,
// that one begins to be filled later, from what the writer has read or something newer. Indexer asks at every call.
type Targets interface {
	Targets(ctx context.Context) ([]string, error)
}

// Missed is what Targets may do besides: be told of writes that a collection refused which is not searched just now.
type Missed interface {
	Missed(ctx context.Context, collection string, shows int) error
}

// missed tells of shows that another collection than the one searched refused.
func (x *Indexer) missed(ctx context.Context, collection string, shows int) error {
	if t, ok := x.targets.(Missed); ok && shows > 0 {
		return t.Missed(ctx, collection, shows)
	}
	return nil
}

// WithTargets returns an Indexer that writes what t names.
func (x *Indexer) WithTargets(t Targets) *Indexer {
	return &Indexer{client: x.client, targets: t}
}

// into are the collections to write now, at least one.
func (x *Indexer) into(ctx context.Context) ([]string, error) {
	if x.targets != nil {
		all, err := x.targets.Targets(ctx)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 {
			return all, nil
		}
	}
	return []string{Alias}, nil
}

// Params is q as the server takes it, for those who ask a collection by its name.
func Params(q Query) *api.SearchCollectionParams { return q.params() }
