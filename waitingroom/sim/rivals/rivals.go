// Package rivals models other waiting rooms, so that a scenario can be played
// at them beside ours: the same visitors, the same patience, the same measures.
//
// The models are written from what their makers publish, named where it is
// used. Where that leaves something open, the model takes what is better for
// the rival, and says so. What a model leaves out is listed in Models.
package rivals

import "github.com/stagedoor/stagedoor/waitingroom/sim"

// Model is a waiting room that can be played at.
type Model struct {
	Name string // short, for a column
	Make sim.Make
	// About says how it decides, in a sentence; Not, what the model cannot show.
	About, Not string
	// FewestActive is the smallest limit that can be set; 0: any.
	FewestActive int
}

// Models lists ours first.
func Models() []Model {
	return []Model{
		{
			Name: "Stagedoor", Make: sim.Stagedoor,
			About: "One-second buckets behind a frontier that follows who really came in; isolates count, gates add up, one object moves the frontier.",
			Not:   "The network between isolates and gates is a delay of whole seconds; no gate is ever down here (edge/local tests that).",
		},
		{
			Name: "Minute buckets", Make: MinuteBuckets, FewestActive: fewest,
			About: "As Cloudflare Waiting Room is described: groups by the minute of arrival, slots divided among data centres by their traffic, abandonment noticed when a cookie has not been renewed for five minutes.",
			Not:   "How slots are divided among the workers within a data centre, the exact age of the state each sees, and queueing that starts before the limit are not published precisely enough: one worker a data centre, a state ten seconds old. Published overshoot in the first two minutes of a spike is therefore likely to be larger than shown.",
		},
		{
			Name: "Central counter", Make: CentralCounter,
			About: "As Virtual Waiting Room on AWS is described: each visitor gets a number from one counter, a serving counter follows the exits that the site reports, numbers that were not used expire.",
			Not:   "It has no lottery: those registered get numbers in the order of their draw. Tokens are renewed here like ours, which the published one cannot; limits of Lambda, Redis and DynamoDB, and failures, are left out.",
		},
		{
			Name: "Central counter, 2 min", Make: QuickCounter,
			About: "The same, tuned: a number that is not used expires after two minutes and not after the default fifteen.",
			Not:   "As above. An inlet of one's own could call more than have left, at the price of going over the limit.",
		},
	}
}
