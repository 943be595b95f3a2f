package text

import (
	"math"
	"slices"
	"strings"
)

// ByFrequency as a score says that a word ranks by how many documents hold it.
const ByFrequency = math.MinInt64

// Leaf is a word of a Dictionary and what is stored with it.
type Leaf[V any] struct {
	Word  string
	Score int64 // the best score of a document with this word
	Value V
}

// Dictionary is a radix tree of words. It is not safe for concurrent writes.
type Dictionary[V any] struct {
	root  kid[V]
	size  int
	words map[string]*Leaf[V]
	count func(V) int // documents that hold the word
}

// kid is a leaf or a node, or neither.
type kid[V any] struct {
	leaf *Leaf[V]
	node *node[V]
}

type node[V any] struct {
	prefix string // shared by all words below, after the node's own byte
	keys   []byte // sorted
	kids   []kid[V]
	score  int64 // no word below has a higher one
}

// NewDictionary returns an empty Dictionary. count says how many documents a
// value stands for.
func NewDictionary[V any](count func(V) int) *Dictionary[V] {
	return &Dictionary[V]{count: count, words: map[string]*Leaf[V]{}}
}

// Len is the number of words.
func (d *Dictionary[V]) Len() int { return d.size }

// at is the i-th byte of word; a zero byte ends every word, so that no word is
// a prefix of another.
func at(word string, i int) byte {
	if i < len(word) {
		return word[i]
	}
	return 0
}

// Get returns the leaf of word, or nil.
func (d *Dictionary[V]) Get(word string) *Leaf[V] { return d.words[word] }

// Put returns the leaf of word, made if it is not there. doc is the score of
// the document it is for and batch the best score of the documents that are
// indexed together with it.
func (d *Dictionary[V]) Put(word string, doc, batch int64) *Leaf[V] {
	l := d.words[word]
	switch {
	case l == nil:
		word = strings.Clone(word)
		l = d.put(&d.root, word, 0, doc, batch)
		d.words[word] = l
	case batch != ByFrequency:
		d.put(&d.root, word, 0, doc, batch)
	}
	if doc > l.Score {
		l.Score = doc
	}
	return l
}

func (d *Dictionary[V]) newLeaf(word string, doc int64) *Leaf[V] {
	d.size++
	return &Leaf[V]{Word: word, Score: doc}
}

func (d *Dictionary[V]) put(k *kid[V], word string, depth int, doc, batch int64) *Leaf[V] {
	switch {
	case k.leaf != nil:
		old := k.leaf
		if old.Word == word {
			return old
		}
		n := shared(old.Word[depth:], word[depth:])
		fresh := d.newLeaf(word, doc)
		split := &node[V]{prefix: word[depth : depth+n]}
		split.add(at(old.Word, depth+n), kid[V]{leaf: old})
		split.add(at(word, depth+n), kid[V]{leaf: fresh})
		*k = kid[V]{node: split}
		return fresh
	case k.node == nil:
		fresh := d.newLeaf(word, doc)
		*k = kid[V]{leaf: fresh}
		return fresh
	}
	n := k.node
	if batch != ByFrequency {
		n.score = max(n.score, batch)
	}
	if same := shared(n.prefix, word[depth:]); same < len(n.prefix) {
		fresh := d.newLeaf(word, doc)
		split := &node[V]{prefix: n.prefix[:same]}
		key := n.prefix[same]
		n.prefix = n.prefix[same+1:]
		split.add(key, kid[V]{node: n})
		split.add(at(word, depth+same), kid[V]{leaf: fresh})
		*k = kid[V]{node: split}
		return fresh
	}
	depth += len(n.prefix)
	key := at(word, depth)
	if i, found := slices.BinarySearch(n.keys, key); found {
		return d.put(&n.kids[i], word, depth+1, doc, batch)
	}
	fresh := d.newLeaf(word, doc)
	n.add(key, kid[V]{leaf: fresh})
	return fresh
}

func (n *node[V]) add(key byte, k kid[V]) {
	i, _ := slices.BinarySearch(n.keys, key)
	n.keys = slices.Insert(n.keys, i, key)
	n.kids = slices.Insert(n.kids, i, k)
	n.score = max(n.score, k.score())
}

func (k kid[V]) score() int64 {
	if k.leaf != nil {
		return k.leaf.Score
	}
	return k.node.score
}

// shared is the length of the longest common prefix.
func shared(a, b string) int {
	n := min(len(a), len(b))
	for i := 0; i < n; i++ {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// Delete removes word.
func (d *Dictionary[V]) Delete(word string) {
	if d.remove(&d.root, word, 0) {
		d.size--
		delete(d.words, word)
	}
}

func (d *Dictionary[V]) remove(k *kid[V], word string, depth int) bool {
	if k.leaf != nil {
		if k.leaf.Word != word {
			return false
		}
		*k = kid[V]{}
		return true
	}
	n := k.node
	if n == nil || depth > len(word) || !strings.HasPrefix(word[depth:], n.prefix) {
		return false
	}
	depth += len(n.prefix)
	i, found := slices.BinarySearch(n.keys, at(word, depth))
	if !found || !d.remove(&n.kids[i], word, depth+1) {
		return false
	}
	if n.kids[i] == (kid[V]{}) {
		n.keys = slices.Delete(n.keys, i, i+1)
		n.kids = slices.Delete(n.kids, i, i+1)
	}
	if len(n.kids) == 1 { // a node with one child is no branch
		only := n.kids[0]
		if only.node != nil {
			only.node.prefix = n.prefix + string(n.keys[0]) + only.node.prefix
		}
		*k = only
	}
	return true
}

// Each calls yield for every word in byte order until it returns false.
func (d *Dictionary[V]) Each(yield func(*Leaf[V]) bool) { each(d.root, yield) }

func each[V any](k kid[V], yield func(*Leaf[V]) bool) bool {
	if k.leaf != nil {
		return yield(k.leaf)
	}
	if k.node != nil {
		for _, c := range k.node.kids {
			if !each(c, yield) {
				return false
			}
		}
	}
	return true
}
