package bundle

import "context"

// Alone has those of a bundle done once more, each by itself, whose error may be the fault of only one of them: blame
// says which errors those are. So nobody fails for what somebody else asked.
func Alone[Q, A any](work Work[Q, A], blame func(error) bool) Work[Q, A] {
	return func(ctx context.Context, questions []Q) []Result[A] {
		results := work(ctx, questions)
		if len(questions) == 1 || len(results) != len(questions) {
			return results
		}
		for i, q := range questions {
			if !blame(results[i].Err) {
				continue
			}
			if again := work(ctx, []Q{q}); len(again) == 1 {
				results[i] = again[0]
			}
		}
		return results
	}
}
