package engine

import (
	"time"

	"github.com/stagedoor/stagedoor/search/local/curate"
	"github.com/stagedoor/stagedoor/search/local/query"
)

// Search answers a search. stopwords are those of the set that it names.
func (c *Collection) Search(p *query.Params, stopwords []string, now time.Time) (map[string]any, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return query.Search(c.corpus(stopwords, now), p)
}

func (c *Collection) corpus(stopwords []string, now time.Time) *query.Corpus {
	return &query.Corpus{
		Index: c.index, Source: source{c}, Synonyms: &c.synonyms, Overrides: &c.overrides, Stopwords: stopwords, Now: now,
	}
}

// PutSynonym sets a synonym.
func (c *Collection) PutSynonym(s *curate.Synonym) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.synonyms.Put(s)
}

// RemoveSynonym removes a synonym and says whether there was one.
func (c *Collection) RemoveSynonym(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.synonyms.Remove(id)
}

// Synonyms returns the synonyms, oldest first. They must not be changed.
func (c *Collection) Synonyms() []*curate.Synonym {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return append([]*curate.Synonym(nil), c.synonyms.All()...)
}

// PutOverride sets an override.
func (c *Collection) PutOverride(o *curate.Override) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o.Analyse(c.index.Schema())
	c.overrides.Put(o)
}

// RemoveOverride removes an override and says whether there was one.
func (c *Collection) RemoveOverride(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.overrides.Remove(id)
}

// Overrides returns the overrides sorted by id. They must not be changed.
func (c *Collection) Overrides() []*curate.Override {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return append([]*curate.Override(nil), c.overrides.All()...)
}

// Rank runs one search of a union.
func (c *Collection) Rank(p *query.Params, stopwords []string, now time.Time) (query.Ranked, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return query.Rank(c.corpus(stopwords, now), p)
}
