package limit_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stagedoor/stagedoor/origin/limit"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		limit  limit.Limit
		wanted int
		had    limit.Had
		says   string // "": allowed
	}{
		{"no limit", limit.Limit{}, 500, limit.Had{Performance: 500, Production: 500}, ""},
		{"the last of them", limit.Limit{Performance: 4}, 2, limit.Had{Performance: 2, Production: 9}, ""},
		{"one too many", limit.Limit{Performance: 4}, 2, limit.Had{Performance: 3}, "at most 4 seats for this performance. You have 3 already, so you can have 1 more."},
		{"none left", limit.Limit{Performance: 4}, 1, limit.Had{Performance: 4}, "and you have 4 already."},
		{"too many at once", limit.Limit{Performance: 4}, 5, limit.Had{}, "and these are 5. Please choose fewer."},
		{"one each", limit.Limit{Performance: 1}, 1, limit.Had{Performance: 1}, "One person can have one seat for this performance, and you have one already."},
		{"of all performances", limit.Limit{Performance: 4, Production: 6}, 4, limit.Had{Production: 4}, "at most 6 seats for all performances of this show together. You have 4 already, so you can have 2 more."},
	} {
		err := c.limit.Check(c.wanted, c.had)
		var reached *limit.ReachedError
		if !errors.As(err, &reached) {
			if c.says != "" || err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if !strings.Contains(reached.Words(), c.says) || c.says == "" {
			t.Errorf("%s: it says %q", c.name, reached.Words())
		}
	}
}

func TestAddress(t *testing.T) {
	for _, c := range []struct{ email, address, tagged string }{
		{"Ada@Example.org", "ada@example.org", "ada+%@example.org"},
		{"ada+two+more@example.org", "ada@example.org", "ada+%@example.org"},
		{"+ada@example.org", "+ada@example.org", "+ada+%@example.org"},
		{"a_d%a@example.org", "a_d%a@example.org", `a\_d\%a+%@example.org`},
		{"nobody", "nobody", ""},
	} {
		if got := limit.Address(c.email); got != c.address || limit.Tagged(got) != c.tagged {
			t.Errorf("%s is %q and %q", c.email, got, limit.Tagged(got))
		}
	}
}

// Whatever is bought in whatever portions, what was allowed never adds up to more than the limit.
func TestWhatIsAllowedStaysWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := limit.Limit{Performance: rapid.IntRange(0, 8).Draw(t, "performance"), Production: rapid.IntRange(0, 12).Draw(t, "production")}
		evenings, all := map[int]int{}, 0
		for range rapid.IntRange(0, 20).Draw(t, "orders") {
			evening, seats := rapid.IntRange(0, 2).Draw(t, "evening"), rapid.IntRange(1, 6).Draw(t, "seats")
			if l.Check(seats, limit.Had{Performance: evenings[evening], Production: all}) == nil {
				evenings[evening], all = evenings[evening]+seats, all+seats
			}
		}
		for _, had := range evenings {
			if l.Performance > 0 && had > l.Performance || l.Production > 0 && all > l.Production {
				t.Fatalf("%+v of %+v", evenings, l)
			}
		}
	})
}

// Every address with a tag lies between the two, byte by byte, and nothing does that begins otherwise.
func TestTagRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.StringMatching(`[a-z.]{1,8}@[a-z]{1,6}\.org`).Draw(t, "address")
		at := strings.IndexByte(plain, '@')
		tagged := plain[:at] + "+" + rapid.StringMatching(`[a-z0-9+_%-]{0,6}`).Draw(t, "tag") + plain[at:]
		from, to := limit.TagRange(limit.Address(tagged))
		if tagged < from || tagged >= to {
			t.Fatalf("%q is not in [%q, %q)", tagged, from, to)
		}
		if plain >= from && plain < to {
			t.Fatalf("%q is in [%q, %q)", plain, from, to)
		}
	})
	if from, to := limit.TagRange("nobody"); from != "" || to != "" {
		t.Errorf("%q, %q", from, to)
	}
}
