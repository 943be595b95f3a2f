package index

import (
	"fmt"

	"github.com/typesense/typesense-go/v3/typesense/api"
)

// Alias is the public name of the shows collection: every read and every write
// names it, never a collection.
const Alias = "shows"

// SchemaVersion counts the changes of the schema below. Raise it with every
// change: a running server keeps the old collection until package swap has
// built the new one.
const SchemaVersion = 2

// CollectionName is the name of the first collection built for the present
// schema ("shows_v1").
func CollectionName() string { return fmt.Sprintf("%s_v%d", Alias, SchemaVersion) }

// Schema describes a collection of shows called name.
func Schema(name string) *api.CollectionSchema {
	return &api.CollectionSchema{
		Name: name,
		Fields: []api.Field{
			text("title", sortable),
			text("author", optional, facet),
			text("description", optional),
			text("brand_id", facet),
			text("brand", facet),
			text("genre", facet),
			text("venue", facet),
			text("city", facet),
			text("country", facet),
			{Name: "location", Type: "geopoint", Optional: yes()},
			text("hostname", unindexed, optional),
			text("url_path", unindexed, optional),
			{Name: "first_at", Type: "int64"},
			{Name: "last_at", Type: "int64"},
			{Name: "next_at", Type: "int64", Optional: yes()},
			{Name: "price_from", Type: "int64"},
			{Name: "price_to", Type: "int64"},
			text("currency", facet),
			text("availability", facet),
			{Name: "accessibility", Type: "string[]", Facet: yes(), Optional: yes()},
			text("language", facet, optional),
			{Name: "poster_seed", Type: "int64", Index: no(), Optional: yes()},
			{Name: "version", Type: "int64", Optional: yes()},
			text("cast", list, facet, optional),
			{Name: "days", Type: "int32[]", Facet: yes(), Optional: yes()},
			{Name: "open_days", Type: "int32[]", Optional: yes()},
			text("times", list, facet, optional),
			text("access_days", list, optional),
			// performances is not named here: such a field is kept with the document and not indexed.
		},
	}
}

// text is a string field with the given traits.
func text(name string, traits ...func(*api.Field)) api.Field {
	f := api.Field{Name: name, Type: "string"}
	for _, t := range traits {
		t(&f)
	}
	return f
}

func list(f *api.Field)      { f.Type = "string[]" }
func facet(f *api.Field)     { f.Facet = yes() }
func optional(f *api.Field)  { f.Optional = yes() }
func sortable(f *api.Field)  { f.Sort = yes() }
func unindexed(f *api.Field) { f.Index = no() }

func yes() *bool { v := true; return &v }
func no() *bool  { v := false; return &v }
