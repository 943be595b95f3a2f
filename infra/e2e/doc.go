// Package e2e starts the whole house as `make up` does, once, and takes every walk through it: the smoke walk, a purchase
// and the staff's work in headless Chromium, two hundred buyers after sixteen seats, and the audit of what is left behind.
package e2e
