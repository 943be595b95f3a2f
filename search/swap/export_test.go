package swap

import (
	"context"

	"github.com/typesense/typesense-go/v3/typesense"
)

// Differences names the documents of a collection that are not what the source says.
func Differences(ctx context.Context, client *typesense.Client, collection string, source Source) []string {
	s := New(Config{Client: client, Source: source})
	have := map[string]document{}
	if err := s.export(ctx, collection, "", nil, func(d document) { have[d.id] = d }); err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	for show, err := range source.Documents(ctx, "") {
		if err != nil {
			return []string{err.Error()}
		}
		d, err := sumOfShow(show)
		if err != nil || !have[d.id].same(d) {
			wrong = append(wrong, show.ID)
		}
		delete(have, show.ID)
	}
	for id := range have {
		wrong = append(wrong, "extra "+id)
	}
	return wrong
}
