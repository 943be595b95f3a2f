// Package queue decides who is admitted from a waiting room, and when.
//
// Visitors carry their own position: a signed place (package token) with the
// second of their arrival, called its bucket, and a random tie-break. Nothing
// is stored per visitor. Isolates of the edge count what they see per second
// and report their counters (Report); a Ledger adds the reports up, whatever
// is repeated, lost or late; a Controller moves the Frontier so that the
// number of active visitors follows the room's limit; and an isolate compares
// a place with the published frontier, which costs two comparisons and no I/O.
//
// Three promises follow from the form, not from care taken elsewhere. Order:
// a frontier only moves forward, so nobody is admitted before someone of an
// earlier bucket. Equality: within a bucket the tie-break decides, which
// nobody chose. And people who left hold up nobody: their places are passed
// over at no cost, because the controller counts those who come in, not those
// who were called.
//
// The package does no I/O, knows no clock and compiles under TinyGo. Times are
// Unix seconds unless a name says otherwise. Nothing here is safe for
// concurrent use: a Durable Object, like a simulation, has one thread.
package queue
