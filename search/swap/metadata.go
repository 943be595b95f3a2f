package swap

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
)

// metadata is what people have noted at a collection; nil where there is none, or no way to read it.
func (s *Swap) metadata(ctx context.Context, name string) (map[string]any, error) {
	if s.Raw == nil {
		return nil, nil
	}
	answer, err := s.Raw.GetCollection(ctx, name)
	body, err := allOf("read the metadata of "+name, answer, err)
	if err != nil {
		return nil, err
	}
	var c struct {
		Metadata map[string]any `json:"metadata"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, fmt.Errorf("swap: read the metadata of %s: %w", name, err)
	}
	return c.Metadata, nil
}

// carryMetadata gives the new collection that of the old one.
func (r *run) carryMetadata(ctx context.Context) error {
	was, err := r.metadata(ctx, r.state.From)
	if err != nil {
		return err
	}
	is, err := r.metadata(ctx, r.state.To)
	if err != nil || len(was) == 0 && len(is) == 0 || reflect.DeepEqual(was, is) {
		return err
	}
	if was == nil {
		was = map[string]any{}
	}
	body, err := json.Marshal(map[string]any{"metadata": was})
	if err != nil {
		return fmt.Errorf("swap: write metadata: %w", err)
	}
	answer, err := r.Raw.UpdateCollectionWithBody(ctx, r.state.To, "application/json", bytes.NewReader(body))
	_, err = allOf("carry the metadata of "+r.state.From, answer, err)
	return err
}

// allOf reads an answer; another status than a good one is an error.
func allOf(doing string, answer *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, fmt.Errorf("swap: %s: %w", doing, err)
	}
	defer closeAll(answer.Body)
	body, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("swap: %s: %w", doing, err)
	}
	if answer.StatusCode/100 != 2 {
		return nil, fmt.Errorf("swap: %s: %s: %s", doing, answer.Status, bytes.TrimSpace(body[:min(len(body), 300)]))
	}
	return body, nil
}
