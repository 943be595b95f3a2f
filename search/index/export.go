package index

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// Versions returns the version of every show that the index holds, by its id. Shows of before there were versions have 0.
func (x *Indexer) Versions(ctx context.Context) (map[string]int64, error) {
	versions := map[string]int64{}
	err := x.export(ctx, ptr("id,version"), func(s Show) { versions[s.ID] = s.Version })
	return versions, err
}

// Export returns every show that the index holds, by its id.
func (x *Indexer) Export(ctx context.Context) (map[string]Show, error) {
	shows := map[string]Show{}
	err := x.export(ctx, nil, func(s Show) { shows[s.ID] = s })
	return shows, err
}

// export reads the index through the alias, a line a document.
func (x *Indexer) export(ctx context.Context, fields *string, each func(Show)) error {
	answer, err := x.client.Collection(Alias).Documents().Export(ctx, &api.ExportDocumentsParams{IncludeFields: fields})
	if err != nil {
		return classify("export shows", err)
	}
	defer answer.Close()
	lines := bufio.NewReaderSize(answer, 1<<20)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("index: read export: %w: %w", ErrUnavailable, err)
		}
		if len(line) > 1 {
			var s Show
			if err := json.Unmarshal(line, &s); err != nil {
				return fmt.Errorf("index: export, line %d: %w", n, err)
			}
			each(s)
		}
		if err == io.EOF {
			return nil
		}
	}
}
