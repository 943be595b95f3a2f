// Package bookingtest holds what tests of sales need: a small house in a real database, and stand-ins for Redis and
// the payment provider that keep their contracts, never run by themselves, and can be made to fail or to forget at
// an exact moment. Tests through HTTP use the real Redis and the real sandbox instead.
package bookingtest
