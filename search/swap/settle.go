package swap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// manyDoubts are too many to be looked at one by one. When there are as many again after a while they are wrong.
const manyDoubts = 5000

// seen is one document in the source, the new collection and the old one; version -1 is: not there.
type seen struct{ source, index, old document }

// absent stands for a document that is not there.
var absent = document{version: -1}

// wrong says what is wrong with a document; "" is nothing. What is wrong in the old collection counts where there is one
// and where that was not to be expected.
func (s seen) wrong(with *beside) Doubt {
	var kind Doubt
	switch {
	case s.source.same(s.index):
		switch {
		case !with.there() || s.old.part == s.index.part && (s.old == absent) == (s.index == absent):
		case s.index == absent:
			kind = vanishes
		case s.old == absent:
			kind = appears
		default:
			kind = changes
		}
	case s.source == absent:
		kind = extra
	case s.index == absent:
		kind = missing
	default:
		kind = differing
	}
	if with.tolerated[kind] {
		return ""
	}
	return kind
}

// patience is how many looks in a row without any change make something wrong.
func (r *run) patience() int { return max(int(r.Settle/settleStep), 3) }

// settle looks again and again at the documents in doubt, until each is the same everywhere, or until nothing has
// happened to it for so long that it is wrong. Leftovers of shows that are over are taken out of the new collection: the
// filling read them before they ended, and wrote them after the writers had deleted them.
func (r *run) settle(ctx context.Context, with *beside, ids []string) (doubts, error) {
	wrong := doubts{}
	before, still := map[string]seen{}, map[string]int{}
	var late behind
	told := map[string]bool{} // what did not wait for the writers before the present look
	for len(ids) > 0 {
		r.state.Check.Rounds++
		if err := r.save(ctx); err != nil {
			return wrong, err
		}
		now, err := r.look(ctx, with, ids)
		if err != nil {
			return wrong, err
		}
		var next, overdue []string
		for _, id := range ids {
			at := now[id]
			kind := at.wrong(with)
			if kind == "" {
				continue
			}
			if before[id] == at {
				still[id]++
			} else {
				before[id], still[id] = at, 0
			}
			switch {
			case kind == extra && still[id] == 2:
				// It has stayed for a while, and the writers know nothing of it.
				if err := r.remove(ctx, at.index); err != nil {
					return wrong, err
				}
			case still[id] >= r.patience():
				overdue = append(overdue, id)
				continue
			}
			next = append(next, id)
		}
		waiting, asked, err := r.stillWaiting(ctx, &late, ids, overdue)
		if err != nil {
			return wrong, err
		}
		for _, id := range overdue {
			if asked && !waiting[id] && told[id] {
				wrong.add(now[id].wrong(with), id)
				continue
			}
			if next = append(next, id); asked { // it may have been written since it was looked at
				told[id] = !waiting[id]
			}
		}
		if ids = next; len(ids) > 0 {
			if err := r.Pause(ctx, settleStep); err != nil {
				return wrong, err
			}
		}
	}
	r.state.Check.Waiting = 0
	return wrong, nil
}

// look reads documents from the source, and then from the collections.
func (r *run) look(ctx context.Context, with *beside, ids []string) (map[string]seen, error) {
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
		there, old := map[string]document{}, map[string]document{}
		filter := "id:=[" + quoted(chunk) + "]"
		if err := r.export(ctx, r.state.To, filter, with.fields, func(d document) { there[d.id] = d }); err != nil {
			return nil, err
		}
		if with.there() {
			if err := r.export(ctx, r.state.From, filter, with.fields, func(d document) { old[d.id] = d }); err != nil {
				return nil, err
			}
		}
		for _, id := range chunk {
			at := seen{absent, absent, absent}
			if d, ok := here[id]; ok {
				at.source = d
			}
			if d, ok := there[id]; ok {
				at.index = d
			}
			if d, ok := old[id]; ok {
				at.old = d
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
