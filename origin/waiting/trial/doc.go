// Package trial tries waiting rooms before they matter: it plays on-sales in virtual time (simulations), and sends
// synthetic visitors through a room of their own at the running edge (rehearsals).
//
// A Stage rehearses once, for a command. A Runner does either beside the console's pages: one of a kind at a time in the
// whole house, bounded, noted in the database with its progress and what it found, and ended when somebody says so, when
// its process ends, or, for rehearsals, when real people come to a waiting room.
package trial
