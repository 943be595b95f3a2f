package redirect

// sorted returns the list in order, like elements as they stood. It is a merge
// sort of positions: the sorts of the standard library, instantiated for rules,
// would be a tenth of the Wasm module.
func sorted[T any](list []T, compare func(a, b *T) int) []T {
	from, to := make([]uint32, len(list)), make([]uint32, len(list))
	for i := range from {
		from[i] = uint32(i)
	}
	for width := 1; width < len(list); width *= 2 {
		for start := 0; start < len(list); start += 2 * width {
			middle, end := min(start+width, len(list)), min(start+2*width, len(list))
			left, right := start, middle
			for at := start; at < end; at++ {
				if left < middle && (right == end || compare(&list[from[left]], &list[from[right]]) <= 0) {
					to[at] = from[left]
					left++
				} else {
					to[at] = from[right]
					right++
				}
			}
		}
		from, to = to, from
	}
	out := make([]T, len(list))
	for i, at := range from {
		out[i] = list[at]
	}
	return out
}
