// Package index is what the rest of Stagedoor knows about search: the Show
// document, the collection schema it lives in, an Indexer that writes shows and
// a Searcher that finds them.
//
// Both speak to a Typesense server (or to search/local, which answers the same
// API) through typesense-go. Everything goes through the alias Alias: callers
// never see the name of the collection behind it, so that package swap can
// replace that collection while people search.
package index
