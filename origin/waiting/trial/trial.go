package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/postgres/dbsqlc"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

// Kind is what is tried.
type Kind string

// The kinds.
const (
	Simulation Kind = "simulation"
	Rehearsal  Kind = "rehearsal"
)

// State is where a trial stands. All but Running are final.
type State string

// The states.
const (
	Running     State = "running"
	Done        State = "done"
	Cancelled   State = "cancelled"   // somebody ended it
	Failed      State = "failed"      // Problem says why
	Interrupted State = "interrupted" // its process ended
)

// Trial is one simulation or rehearsal.
type Trial struct {
	ID       uuid.UUID
	Kind     Kind
	Site     string // where it was started: a brand's ID, or edgeconfig.AllSites
	Title    string
	State    State
	Progress Progress
	Problem  string
	// Cancelling: somebody has said that it is to end.
	Cancelling bool
	Actor      string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	FinishedAt time.Time // zero: not over

	Scenario *sim.Scenario // of a simulation
	Plan     *Plan         // of a rehearsal

	// What it found, nil while there is nothing. A rehearsal that was ended early has what it saw until then. In lists
	// they are without their Series.
	Simulated *sim.Result
	Rehearsed *Rehearsed
}

// Over reports whether it has ended.
func (t *Trial) Over() bool { return t.State != Running }

// Found reports whether there is a result.
func (t *Trial) Found() bool { return t.Simulated != nil || t.Rehearsed != nil }

// Progress is how far a trial has come.
type Progress struct {
	Step     string  `json:"step"`               // what is being done, in words
	Fraction float64 `json:"fraction"`           // of all; 0 to 1
	After    float64 `json:"after"`              // seconds, of a simulation in virtual time
	Of       float64 `json:"of"`                 // seconds at most
	Left     float64 `json:"left,omitempty"`     // seconds it takes at most, 0: not known
	Visitors int     `json:"visitors,omitempty"` // in all
	Arrived  int     `json:"arrived,omitempty"`  // of a rehearsal
	Waiting  int     `json:"waiting"`
	Inside   int     `json:"inside"`
	Admitted int     `json:"admitted"`
	Refused  int     `json:"refused,omitempty"`
	Failed   int     `json:"failed,omitempty"`
	Requests int64   `json:"requests,omitempty"`
	Rate     float64 `json:"rate,omitempty"` // virtual seconds, or requests, a second
}

// ErrNone is returned for a trial that does not exist.
var ErrNone = errors.New("there is no such simulation or rehearsal")

func fromRow(row dbsqlc.RoomTrial) (*Trial, error) {
	t := &Trial{
		ID: row.ID, Kind: Kind(row.Kind), Site: row.BrandID, Title: row.Title, State: State(row.State), Problem: row.Problem, Cancelling: row.Cancel,
		Actor: row.Actor, CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(),
	}
	if row.FinishedAt != nil {
		t.FinishedAt = row.FinishedAt.UTC()
	}
	errs := []error{json.Unmarshal(row.Progress, &t.Progress)}
	if t.Kind == Simulation {
		errs = append(errs, json.Unmarshal(row.Plan, &t.Scenario))
	} else {
		errs = append(errs, json.Unmarshal(row.Plan, &t.Plan))
	}
	if row.Result != nil && t.Kind == Simulation {
		errs = append(errs, json.Unmarshal(row.Result, &t.Simulated))
	} else if row.Result != nil {
		errs = append(errs, json.Unmarshal(row.Result, &t.Rehearsed))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("trial %s: %w", row.ID, err)
	}
	return t, nil
}
