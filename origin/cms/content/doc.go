// Package content makes what editors write a part of the house: nine handlers, one for each kind of entry, turn a
// cms.Change into rows of the domain's tables and the facts that follow from it, all in the caller's transaction.
//
// What the tables hold depends on the newest change of each entry and not on the order in which changes arrived, or
// how often. A change that says something impossible is an *InvalidError that names every fault; one that refers to an
// entry nobody has told of yet is a *WaitingError. Neither leaves anything behind.
package content
