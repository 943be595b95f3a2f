// Package sim replays an on-sale in virtual time on the very queue code that
// runs at the edge (package queue): who arrives when, how patient they are,
// how they poll, what the isolates count and how late, twice or never it
// reaches the controller. A scenario and a seed give the same result each
// time.
//
// A visitor costs a handful of bytes and a handful of steps, not a step a
// poll, so that ten million of them take seconds.
package sim
