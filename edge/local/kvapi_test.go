package local_test

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/cloudflare/cloudflare-go/v6/kv"
	values "github.com/cloudflare/cloudflare-go/v6/shared"
)

// The local API speaks to Cloudflare's own Go client as Cloudflare does.

func TestKVValues(t *testing.T) {
	ctx := t.Context()
	account := map[string]any{"AccountID": "local"}
	_, err := shared.kv.Values.Update(ctx, "sites", "single:a b/c", with(kv.NamespaceValueUpdateParams{}, map[string]any{
		"AccountID": "local", "Value": values.UnionString("één"), "Metadata": `{"by":"test"}`,
	}))
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	got, err := shared.kv.Values.Get(ctx, "sites", "single:a b/c", with(kv.NamespaceValueGetParams{}, account))
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	defer got.Body.Close()
	if value, _ := io.ReadAll(got.Body); string(value) != "één" {
		t.Errorf("value = %q", value)
	}
	metadata, err := shared.kv.Metadata.Get(ctx, "sites", "single:a b/c", with(kv.NamespaceMetadataGetParams{}, account))
	if err != nil || fmt.Sprint(*metadata) != "map[by:test]" {
		t.Errorf("metadata = %#v, %v", *metadata, err)
	}
	if _, err := shared.kv.Values.Delete(ctx, "sites", "single:a b/c", with(kv.NamespaceValueDeleteParams{}, account)); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	if _, err := shared.kv.Values.Get(ctx, "sites", "single:a b/c", with(kv.NamespaceValueGetParams{}, account)); code(err) != 10009 {
		t.Errorf("after Delete: %v", err)
	}
}

func TestKVBulkAndList(t *testing.T) {
	ctx := t.Context()
	account := map[string]any{"AccountID": "local"}
	var pairs []kv.NamespaceBulkUpdateParamsBody
	var keys []string
	for i := range 250 {
		keys = append(keys, fmt.Sprintf("bulk:%03d", i))
		pairs = append(pairs, put(keys[i], "v"))
	}
	if _, err := shared.kv.BulkUpdate(ctx, "sites", bulk(pairs...)); err != nil {
		t.Fatalf("BulkUpdate: %v", err)
	}
	var listed []string
	pages := shared.kv.Keys.ListAutoPaging(ctx, "sites", with(kv.NamespaceKeyListParams{}, map[string]any{"AccountID": "local", "Prefix": "bulk:", "Limit": 100.0}))
	for pages.Next() {
		listed = append(listed, pages.Current().Name)
	}
	if err := pages.Err(); err != nil || !slices.Equal(listed, keys) {
		t.Errorf("listed %d keys of %d, %v", len(listed), len(keys), err)
	}
	if _, err := shared.kv.BulkDelete(ctx, "sites", with(kv.NamespaceBulkDeleteParams{Body: keys}, account)); err != nil {
		t.Fatalf("BulkDelete: %v", err)
	}
	page, err := shared.kv.Keys.List(ctx, "sites", with(kv.NamespaceKeyListParams{}, map[string]any{"AccountID": "local", "Prefix": "bulk:"}))
	if err != nil || len(page.Result) != 0 {
		t.Errorf("left: %v, %v", page, err)
	}
}

func TestKVRefuses(t *testing.T) {
	ctx := t.Context()
	long := fmt.Sprintf("%0600d", 0)
	tests := []struct {
		name string
		call func() error
		code int
	}{
		{"wrong token", func() error {
			_, err := namespaces(shared.edge.APIURL, "another token altogether").BulkUpdate(ctx, "sites", bulk(put("a", "b")))
			return err
		}, 10000},
		{"another account", func() error {
			_, err := shared.kv.BulkUpdate(ctx, "sites", with(bulk(put("a", "b")), map[string]any{"AccountID": "other"}))
			return err
		}, 10000},
		{"another namespace", func() error { _, err := shared.kv.BulkUpdate(ctx, "other", bulk(put("a", "b"))); return err }, 10013},
		{"long key", func() error { _, err := shared.kv.BulkUpdate(ctx, "sites", bulk(put(long, "b"))); return err }, 10030},
		{"empty key", func() error { _, err := shared.kv.BulkUpdate(ctx, "sites", bulk(put("", "b"))); return err }, 10012},
		{"short life", func() error {
			_, err := shared.kv.BulkUpdate(ctx, "sites", bulk(with(put("a", "b"), map[string]any{"ExpirationTTL": 5.0})))
			return err
		}, 10012},
		{"one bad pair", func() error {
			_, err := shared.kv.BulkUpdate(ctx, "sites", bulk(put("good", "b"), put("", "b")))
			return err
		}, 10012},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.call(); code(err) != test.code {
				t.Errorf("error = %v, want code %d", err, test.code)
			}
		})
	}
	// A bad pair keeps the good ones beside it out as well.
	if _, err := shared.kv.Values.Get(ctx, "sites", "good", with(kv.NamespaceValueGetParams{}, map[string]any{"AccountID": "local"})); code(err) != 10009 {
		t.Errorf("the good pair of a bad batch was written: %v", err)
	}
}
