// Package e2e starts the whole house as `make up` does and walks through it: the smoke walk, a purchase in headless
// Chromium (buy.mjs), two hundred buyers after sixteen seats, and the audit of what is left behind.
package e2e
