package swap

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// create makes the new collection, if an earlier run has not, and has writers write it from then on.
func (r *run) create(ctx context.Context) error {
	to := r.state.To
	if _, err := r.Client.Collections().Create(ctx, r.Schema(to)); err != nil && !isStatus(err, http.StatusConflict) {
		if isStatus(err, http.StatusBadRequest) {
			return &RefusedError{"the server refuses the new schema: " + reason(err)}
		}
		return fmt.Errorf("swap: create %s: %w", to, err)
	}
	made, err := r.collection(ctx, to)
	if err != nil {
		return err
	}
	if made == nil {
		return fmt.Errorf("swap: %s was made and is not there", to)
	}
	if changes := Diff(made, r.Schema(to)); len(changes) > 0 {
		return &RefusedError{fmt.Sprintf("%s exists with another schema (%s): drop it, and apply again", to, changes[0])}
	}
	if err := r.carry(ctx); err != nil {
		return err
	}
	if r.state.Fill.Total, err = r.Source.Count(ctx); err != nil {
		return err
	}
	return r.to(ctx, Filling)
}

// curation is what people have set for a collection by hand.
type curation struct {
	synonyms  map[string]*api.SearchSynonym
	overrides map[string]*api.SearchOverride
}

func (s *Swap) curation(ctx context.Context, name string) (curation, error) {
	c := curation{map[string]*api.SearchSynonym{}, map[string]*api.SearchOverride{}}
	synonyms, err := s.Client.Collection(name).Synonyms().Retrieve(ctx)
	if err != nil {
		return c, fmt.Errorf("swap: synonyms of %s: %w", name, err)
	}
	for _, v := range synonyms {
		c.synonyms[*v.Id] = v
	}
	overrides, err := s.Client.Collection(name).Overrides().Retrieve(ctx)
	if err != nil {
		return c, fmt.Errorf("swap: overrides of %s: %w", name, err)
	}
	for _, v := range overrides {
		c.overrides[*v.Id] = v
	}
	return c, nil
}

// carry makes the synonyms, overrides and metadata of the new collection those of the old one. Somebody may change them while
// the new one is filled, so that it is done again before the two are compared.
func (r *run) carry(ctx context.Context) error {
	if r.state.From == "" {
		return nil
	}
	if err := r.carryMetadata(ctx); err != nil {
		return err
	}
	old, err := r.curation(ctx, r.state.From)
	if err != nil {
		return err
	}
	now, err := r.curation(ctx, r.state.To)
	if err != nil {
		return err
	}
	to := r.Client.Collection(r.state.To)
	for id, v := range old.synonyms {
		var schema api.SearchSynonymSchema
		if err := as(v, &schema); err != nil {
			return err
		}
		if reflect.DeepEqual(now.synonyms[id], v) {
			continue
		}
		if _, err := to.Synonyms().Upsert(ctx, id, &schema); err != nil {
			return fmt.Errorf("swap: carry synonym %s: %w", id, err)
		}
	}
	for id, v := range old.overrides {
		var schema api.SearchOverrideSchema
		if err := as(v, &schema); err != nil {
			return err
		}
		if reflect.DeepEqual(now.overrides[id], v) {
			continue
		}
		if _, err := to.Overrides().Upsert(ctx, id, &schema); err != nil {
			return fmt.Errorf("swap: carry override %s: %w", id, err)
		}
	}
	for id := range now.synonyms {
		if old.synonyms[id] == nil {
			if _, err := to.Synonym(id).Delete(ctx); err != nil && !isStatus(err, http.StatusNotFound) {
				return fmt.Errorf("swap: drop synonym %s: %w", id, err)
			}
		}
	}
	for id := range now.overrides {
		if old.overrides[id] == nil {
			if _, err := to.Override(id).Delete(ctx); err != nil && !isStatus(err, http.StatusNotFound) {
				return fmt.Errorf("swap: drop override %s: %w", id, err)
			}
		}
	}
	return nil
}

// as reads v as another type with the same JSON.
func as(v, into any) error {
	body, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		return fmt.Errorf("swap: read what is carried: %w", err)
	}
	return nil
}
