// Package swap replaces the collection behind the public name of the shows index while people search it.
//
// A change goes through the phases of State.Phase. Each is saved before what it stands for is done, and each can be
// done twice, so that a change that was interrupted, by whatever, goes on where it was:
//
//	creating    the new collection is made, with the synonyms and overrides of the old one
//	filling     from now on writers write both; every document of the source is written into the new one
//	checking    the new one is held against the source and against the old one; any doubt ends the change here
//	swapping    the alias is pointed at the new one: one request, between two searches
//	swapped     both are still written; Rollback points the alias back at once, Drop gives the old one up
//
// Nothing that arrives meanwhile is lost or overwritten. A writer reads a show first, and then asks which collections
// to write (index.Targets). Should it not be told of the new one, the change began after the show was read, and the
// filling reads what it read or something newer. The filling only ever creates documents: one that a writer has put
// there is newer than what the filling holds, and is left alone. A document that was deleted after the filling read it
// is found and taken out when the collection is checked.
//
// Should the server lose one of the two collections, the change ends as lost, and writers go by the alias alone.
//
// The state lives in a Store. Whoever holds it (Store.Hold) is the only one who changes anything.
package swap
