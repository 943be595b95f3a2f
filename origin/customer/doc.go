// Package customer is what a buyer may do with what is kept of them: see all their orders by a link that is e-mailed to
// them, take a copy, and have it erased.
//
// There are no accounts and no passwords. Whoever reads the mail of an address is its owner: they ask for a link, the
// link opens a visit, and the visit ends when they sign out or after two hours. What the page answers never depends on
// whether anybody ordered with an address; only its mailbox learns.
package customer
