package idempotency

// Usable reports whether a key can be stored and was made up with some care: 8 to 200 printable ASCII characters.
func Usable(key string) bool {
	if len(key) < 8 || len(key) > 200 {
		return false
	}
	for i := range len(key) {
		if key[i] < 0x20 || key[i] > 0x7e {
			return false
		}
	}
	return true
}
