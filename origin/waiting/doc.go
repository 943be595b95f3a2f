// Package waiting is what the origin knows of waiting rooms: what staff want of each, what is sent to the room's
// coordinator at the edge, and what that reports back. The queue itself runs at the edge (package waitingroom/queue).
//
// A Room is changed through edgeconfig.Editor, which audits it and compiles it into Site documents. A Tender sends it to
// the coordinator and keeps it there; package waiting/admission verifies passes before seats are held.
package waiting
