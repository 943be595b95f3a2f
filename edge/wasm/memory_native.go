//go:build !tinygo

package main

// allocate returns memory of a length.
func allocate(length int) []byte { return make([]byte, length) }
