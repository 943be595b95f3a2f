package swap

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/typesense/typesense-go/v3/typesense/api"

	"github.com/stagedoor/stagedoor/search/index"
)

// sum is the same for documents that say the same.
type sum [16]byte

// document is what a comparison needs of one.
type document struct {
	id      string
	version int64 // 0 when documents have none
	sum     sum   // of all it says
	part    sum   // of what both collections have a field for
}

// same says that two documents say the same. Their versions say when each was written, not what they say.
func (d document) same(e document) bool { return d.id == e.id && d.sum == e.sum }

// sumOf reads a document as JSON. The order of keys, empty values and the way a number is written count for nothing.
// fields are those that its part is made of.
func sumOf(line []byte, fields map[string]bool) (document, error) {
	var d document
	var v map[string]any
	in := json.NewDecoder(bytes.NewReader(line))
	in.UseNumber()
	if err := in.Decode(&v); err != nil {
		return d, fmt.Errorf("swap: read a document: %w", err)
	}
	d.id, _ = v["id"].(string)
	if n, ok := v["version"].(json.Number); ok {
		d.version, _ = n.Int64()
	}
	delete(v, "version")
	for k, x := range v {
		if x == nil {
			delete(v, k)
			continue
		}
		v[k] = plain(x)
	}
	var err error
	if d.sum, err = summed(v); err != nil || len(fields) == 0 {
		return d, err
	}
	maps.DeleteFunc(v, func(k string, _ any) bool { return !fields[k] })
	d.part, err = summed(v)
	return d, err
}

func summed(v map[string]any) (sum, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return sum{}, fmt.Errorf("swap: read a document: %w", err)
	}
	whole := sha256.Sum256(body)
	return sum(whole[:16]), nil
}

// plain writes numbers in one way.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if !strings.ContainsAny(string(v), ".eE") {
			return v
		}
		if f, err := v.Float64(); err == nil {
			return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

func sumOfShow(s index.Show) (document, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return document{}, fmt.Errorf("swap: encode show %s: %w", s.ID, err)
	}
	return sumOf(body, nil)
}

// export calls each with every document of a collection that passes the filter, all for "".
func (s *Swap) export(ctx context.Context, name, filter string, fields map[string]bool, each func(document)) error {
	params := &api.ExportDocumentsParams{}
	if filter != "" {
		params.FilterBy = &filter
	}
	answer, err := s.Client.Collection(name).Documents().Export(ctx, params)
	if err != nil {
		return fmt.Errorf("swap: export %s: %w", name, err)
	}
	defer closeAll(answer)
	in := bufio.NewReaderSize(answer, 256<<10)
	for {
		line, err := in.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			d, err := sumOf(line, fields)
			if err != nil {
				return err
			}
			each(d)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("swap: export %s: %w", name, err)
		}
	}
}

// compare holds the whole new collection against the source, and against the old one as far as both have the same
// fields. What it doubts may just have been in motion.
func (r *run) compare(ctx context.Context, with *beside, sample func(index.Show)) (doubts, error) {
	out := doubts{}
	have := make(map[string]sum, r.state.Fill.Done)
	old := map[string]sum{}
	if with.there() {
		if err := r.export(ctx, r.state.From, "", with.fields, func(d document) { old[d.id] = d.part }); err != nil {
			return out, err
		}
	}
	if err := r.export(ctx, r.state.To, "", with.fields, func(d document) {
		have[d.id] = d.sum
		if !with.there() {
			return
		}
		switch was, ok := old[d.id]; {
		case !ok:
			out.add(appears, d.id)
		case was != d.part:
			out.add(changes, d.id)
		}
		delete(old, d.id)
	}); err != nil {
		return out, err
	}
	for id := range old {
		out.add(vanishes, id)
	}
	check := &r.state.Check
	check.Compared, check.Equal = 0, 0
	for s, err := range r.Source.Documents(ctx, "") {
		if err != nil {
			return out, fmt.Errorf("swap: read the shows: %w", err)
		}
		d, err := sumOfShow(s)
		if err != nil {
			return out, err
		}
		check.Compared++
		switch got, ok := have[d.id]; {
		case !ok:
			out.add(missing, d.id)
		case got != d.sum:
			out.add(differing, d.id)
		default:
			check.Equal++
		}
		delete(have, d.id)
		sample(s)
	}
	for id := range have {
		out.add(extra, id)
	}
	return out, nil
}
