package swap

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// mostMarks are kept of each kind. More than that are known by their digest alone.
const mostMarks = 2000

// Sight is what was found of one kind: which documents, queries or settings, not only how many.
type Sight struct {
	Count  int      `json:"count"`
	Digest string   `json:"digest"`          // of all marks
	Marks  []string `json:"marks,omitempty"` // a digest of each thing found, sorted; none if there are very many
}

// Sights are what was found, by kind.
type Sights map[Doubt]Sight

func sightOf(count int, things []string) Sight {
	marks := make([]string, len(things))
	for i, thing := range things {
		marks[i] = short(thing)
	}
	slices.Sort(marks)
	marks = slices.Compact(marks)
	s := Sight{Count: count, Digest: short(marks)}
	if len(marks) <= mostMarks {
		s.Marks = marks
	}
	return s
}

// covers says that nothing is seen later which was not seen in s.
func (s Sight) covers(later Sight) bool {
	if s.Digest == later.Digest {
		return later.Count <= s.Count
	}
	if len(s.Marks) == 0 || len(later.Marks) == 0 { // too many, then or now: they must be the same
		return false
	}
	return !slices.ContainsFunc(later.Marks, func(mark string) bool {
		_, known := slices.BinarySearch(s.Marks, mark)
		return !known
	})
}

// cover says that nothing of any kind is seen later which was not seen in s.
func (s Sights) cover(later Sights) bool {
	for kind, now := range later {
		if then, ok := s[kind]; !ok || !then.covers(now) {
			return false
		}
	}
	return true
}

// name is what people call it by; "" is nothing.
func (s Sights) name() string {
	if len(s) == 0 {
		return ""
	}
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(s)) {
		all = append(all, fmt.Sprintf("%s %d %s", kind, s[kind].Count, s[kind].Digest))
	}
	return short(all)[:8]
}

// short is a digest that is long enough to tell things apart that nobody made to look alike.
func short(thing any) string {
	text, err := json.Marshal(thing)
	if err != nil {
		text = fmt.Append(nil, thing)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
