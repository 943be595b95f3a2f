package rank

import (
	"math/bits"

	"github.com/stagedoor/stagedoor/search/local/postings"
)

// Scan adds all documents of a set, with the same text match. It goes from the
// newest document to the oldest, since of equal ones the newer is better, and
// passes over most of them without filling their keys.
func (t *Top) Scan(docs postings.Bits, text int64, query int) {
	if t.size == 0 {
		return
	}
	at, pass, newest := t.keys.sieve()
	for i := len(docs) - 1; i >= 0; i-- {
		w := docs[i]
		if worst := t.Worst(); worst != nil && w != 0 {
			if newest {
				return
			}
			if pass != nil {
				w = pass(i, w, worst.Keys[at])
			}
		}
		for w != 0 {
			bit := 63 - bits.LeadingZeros64(w)
			w &^= 1 << bit
			t.Offer(&Hit{Doc: uint32(i*64 + bit), Query: query}, text, false, false)
		}
	}
}

// sieve returns a quick test which documents of a word of bits may have a key
// that is at least so great, and which key that is; nil when there is none. newest
// tells that of documents with the same text match the newest are best.
func (k *Keys) sieve() (at int, pass func(word int, docs uint64, least int64) uint64, newest bool) {
	for i := range k.list {
		e := &k.list[i]
		switch {
		case e.kind == byText:
			continue
		case e.kind == bySequence:
			return 0, nil, !e.ascending
		case e.kind == byNumber:
			sign := int64(1)
			if e.ascending {
				sign = -1
			}
			return i, func(word int, docs uint64, least int64) uint64 {
				return e.numbers.Sieve(word, docs, e.missing, sign, least)
			}, false
		case e.kind == byPlace && e.ascending:
			return i, e.near, false
		}
		return 0, nil, false
	}
	return 0, nil, true
}

// Second returns a quick test which documents of a word of bits may come before a
// hit when their text match, the first key, is the same; nil when there is none.
func (k *Keys) Second() func(word int, docs uint64, than *Hit) uint64 {
	switch {
	case k.text != 0:
		return nil
	case len(k.list) == 1, k.list[1].kind == bySequence && !k.list[1].ascending:
		return newer
	case k.list[1].kind != byNumber:
		return nil
	}
	e, sign := &k.list[1], int64(1)
	if e.ascending {
		sign = -1
	}
	return func(word int, docs uint64, than *Hit) uint64 {
		return e.numbers.Sieve(word, docs, e.missing, sign, than.Keys[1])
	}
}

// newer passes documents that are newer than a hit.
func newer(word int, docs uint64, than *Hit) uint64 {
	first := than.Doc + 1
	switch {
	case int(first>>6) < word:
		return docs
	case int(first>>6) > word:
		return 0
	}
	return docs &^ (1<<(first&63) - 1)
}

// near passes documents that are not obviously too far.
func (k *key) near(word int, docs uint64, least int64) uint64 {
	var out uint64
	for w := docs; w != 0; w &= w - 1 {
		bit := bits.TrailingZeros64(w)
		if n := k.ruler.AtLeast(uint32(word*64 + bit)); n < k.spec.exclude || -n >= least {
			out |= 1 << bit
		}
	}
	return out
}
