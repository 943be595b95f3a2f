package data

import (
	"slices"
	"strconv"
	"strings"
)

// Scale is the size of house that a work asks for.
type Scale string

// The scales.
const (
	Chamber Scale = "chamber" // for small houses
	Stage   Scale = "stage"   // plays anywhere
	Grand   Scale = "grand"   // wants room, an orchestra or both
)

// Scales lists the scales.
func Scales() []Scale { return []Scale{Chamber, Stage, Grand} }

// Fits says whether a house of so many places would play a work of the scale.
func (s Scale) Fits(capacity int) bool {
	switch s {
	case Chamber:
		return capacity <= 1100
	case Grand:
		return capacity >= 1000
	default:
		return true
	}
}

// Work is a play or opera whose author died so long ago that anybody may stage it.
type Work struct {
	ID             string `json:"id"` // slug
	Title          string `json:"title"`
	Author         string `json:"author"`
	FirstStaged    string `json:"first_staged"` // a year, perhaps with "c." or "BC"
	Genre          string `json:"genre"`
	Language       string `json:"language"` // BCP 47, of what is spoken or sung
	RunningMinutes int    `json:"running_minutes"`
	Intervals      int    `json:"intervals"`
	AgeGuidance    string `json:"age_guidance"` // "Ages 8+"
	Scale          Scale  `json:"scale"`
	Summary        string `json:"summary"`     // one sentence
	Description    string `json:"description"` // two to four sentences
}

// LeastAge is the age that AgeGuidance begins at.
func (w Work) LeastAge() int {
	age, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(w.AgeGuidance, "Ages "), "+"))
	if err != nil {
		return -1
	}
	return age
}

// Genres lists the genres a work may have.
func Genres() []string {
	return []string{"Comedy", "Drama", "Farce", "History", "Opera", "Operetta", "Romance", "Tragedy"}
}

var languages = []string{"en", "it", "de", "fr"}

func (w Work) check(at report) {
	if len(w.ID) > 60 || !slugPattern.MatchString(w.ID) {
		at("id", "%q is not lower-case letters, digits and single hyphens", w.ID)
	}
	at.text("title", w.Title, 80)
	at.text("author", w.Author, 80)
	at.text("first_staged", w.FirstStaged, 20)
	at.text("summary", w.Summary, 160)
	at.text("description", w.Description, 700)
	if !slices.Contains(Genres(), w.Genre) {
		at("genre", "%q is none of %s", w.Genre, strings.Join(Genres(), ", "))
	}
	if !slices.Contains(languages, w.Language) {
		at("language", "%q is none of %s", w.Language, strings.Join(languages, ", "))
	}
	if w.RunningMinutes < 30 || w.RunningMinutes > 210 {
		at("running_minutes", "%d is not between 30 and 210: two performances a day would not fit", w.RunningMinutes)
	}
	if w.Intervals < 0 || w.Intervals > 3 {
		at("intervals", "%d is not between 0 and 3", w.Intervals)
	}
	if age := w.LeastAge(); age < 0 || age > 18 {
		at("age_guidance", "%q does not look like Ages 8+", w.AgeGuidance)
	}
	if !slices.Contains(Scales(), w.Scale) {
		at("scale", "%q is none of %v", w.Scale, Scales())
	}
}
