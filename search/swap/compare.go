package swap

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"
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
	sum     sum
}

// same says that two documents say the same. Their versions say when each was written, not what they say.
func (d document) same(e document) bool { return d.id == e.id && d.sum == e.sum }

// sumOf reads a document as JSON. The order of keys, empty values and the way a number is written count for nothing.
func sumOf(line []byte) (document, error) {
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
	body, err := json.Marshal(v)
	if err != nil {
		return d, fmt.Errorf("swap: read a document: %w", err)
	}
	whole := sha256.Sum256(body)
	d.sum = sum(whole[:16])
	return d, nil
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
	return sumOf(body)
}

// export calls each with every document of a collection that passes the filter, all for "".
func (s *Swap) export(ctx context.Context, name, filter string, each func(document)) error {
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
			d, err := sumOf(line)
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

// doubts are ids whose documents were not the same when they were compared.
type doubts struct {
	differing, missing, extra []string
}

func (d *doubts) all() []string { return slices.Concat(d.differing, d.missing, d.extra) }

// compare holds the whole new collection against the source. What it doubts may just have been in motion.
func (r *run) compare(ctx context.Context, sample func(index.Show)) (doubts, error) {
	var out doubts
	have := make(map[string]sum, r.state.Fill.Done)
	if err := r.export(ctx, r.state.To, "", func(d document) { have[d.id] = d.sum }); err != nil {
		return out, err
	}
	check := &r.state.Check
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
			out.missing = append(out.missing, d.id)
		case got != d.sum:
			out.differing = append(out.differing, d.id)
		default:
			check.Equal++
		}
		delete(have, d.id)
		sample(s)
	}
	for id := range have {
		out.extra = append(out.extra, id)
	}
	slices.Sort(out.extra)
	return out, nil
}
