package swap

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// manyDoubts are too many to be looked at one by one. When there are as many again after a while they are wrong.
const manyDoubts = 5000

// seen is one document, here and there; version -1 is: not there.
type seen struct{ source, index document }

// absent stands for a document that is not there.
var absent = document{version: -1}

// settle looks again and again at the documents in doubt, until each is the same here and there, or until nothing has
// happened to it for so long that it is wrong. Leftovers of shows that are over are taken out: the filling read them
// before they ended, and wrote them after the writers had deleted them.
func (r *run) settle(ctx context.Context, ids []string) (doubts, error) {
	var wrong doubts
	patience := max(int(r.Settle/settleStep), 3)
	before, still := map[string]seen{}, map[string]int{}
	for len(ids) > 0 {
		r.state.Check.Rounds++
		if err := r.save(ctx); err != nil {
			return wrong, err
		}
		now, err := r.look(ctx, ids)
		if err != nil {
			return wrong, err
		}
		var next []string
		for _, id := range ids {
			at := now[id]
			if at.source.same(at.index) {
				continue
			}
			if before[id] == at {
				still[id]++
			} else {
				before[id], still[id] = at, 0
			}
			extra := at.source == absent
			switch {
			case extra && still[id] == 2:
				// It has stayed for a while, and the writers know nothing of it.
				if err := r.remove(ctx, at.index); err != nil {
					return wrong, err
				}
			case still[id] >= patience && extra:
				wrong.extra = append(wrong.extra, id)
				continue
			case still[id] >= patience && at.index == absent:
				wrong.missing = append(wrong.missing, id)
				continue
			case still[id] >= patience:
				wrong.differing = append(wrong.differing, id)
				continue
			}
			next = append(next, id)
		}
		if ids = next; len(ids) > 0 {
			if err := r.Pause(ctx, settleStep); err != nil {
				return wrong, err
			}
		}
	}
	return wrong, nil
}

// look reads documents from the source, and then from the new collection.
func (r *run) look(ctx context.Context, ids []string) (map[string]seen, error) {
	out := make(map[string]seen, len(ids))
	for chunk := range slices.Chunk(ids, 50) {
		shows, err := r.Source.ByID(ctx, chunk)
		if err != nil {
			return nil, fmt.Errorf("swap: read shows again: %w", err)
		}
		here := map[string]document{}
		for _, s := range shows {
			d, err := sumOfShow(s)
			if err != nil {
				return nil, err
			}
			here[d.id] = d
		}
		there := map[string]document{}
		if err := r.export(ctx, r.state.To, "id:=["+quoted(chunk)+"]", func(d document) { there[d.id] = d }); err != nil {
			return nil, err
		}
		for _, id := range chunk {
			at := seen{absent, absent}
			if d, ok := here[id]; ok {
				at.source = d
			}
			if d, ok := there[id]; ok {
				at.index = d
			}
			out[id] = at
		}
	}
	return out, nil
}

// remove takes out a leftover, unless somebody has written it anew meanwhile.
func (r *run) remove(ctx context.Context, d document) error {
	filter := "id:=" + quoted([]string{d.id})
	if d.version > 0 && r.has("version") {
		filter += fmt.Sprintf(" && version:=%d", d.version)
	}
	n, err := r.Client.Collection(r.state.To).Documents().Delete(ctx, &api.DeleteDocumentsParams{FilterBy: &filter})
	if err != nil {
		return fmt.Errorf("swap: take out %s, which is over: %w", d.id, err)
	}
	r.state.Check.Removed += n
	return nil
}

// has says that the new schema has a field.
func (r *run) has(field string) bool {
	for _, f := range r.Schema(r.state.To).Fields {
		if f.Name == field && (f.Index == nil || *f.Index) {
			return true
		}
	}
	return false
}

// quoted writes ids for a filter; a backtick, which cannot be written there, is in no id of ours.
func quoted(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = "`" + strings.ReplaceAll(id, "`", "'") + "`"
	}
	return strings.Join(out, ",")
}

// named lists a few ids.
func named(ids []string) string {
	const few = 5
	ids = slices.Sorted(maps.Keys(set(ids)))
	if len(ids) > few {
		return strings.Join(ids[:few], ", ") + fmt.Sprintf(" and %d more", len(ids)-few)
	}
	return strings.Join(ids, ", ")
}

func set(ids []string) map[string]bool {
	out := make(map[string]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}
