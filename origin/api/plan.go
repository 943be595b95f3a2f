package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/venue"
)

// How long a plan is kept: for ever at the address that names it, else until it may have been replaced by another.
const (
	planKeptForEver = "public, max-age=31536000, immutable"
	planKept        = "public, max-age=300"
)

// servedPlan is a plan that was turned into JSON once.
type servedPlan struct {
	id    uuid.UUID
	text  []byte
	seats map[string]venue.Located
}

func (s *server) plan(ctx context.Context, id uuid.UUID) (*servedPlan, error) {
	return s.plans.get(ctx, id.String(), func(ctx context.Context) (*servedPlan, error) {
		plan, err := s.Shows.Plan(ctx, id)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(plan)
		if err != nil {
			return nil, err
		}
		return &servedPlan{id: id, text: text, seats: plan.Index()}, nil
	})
}

// GetPerformancePlan implements GET /performances/{id}/plan.
func (s *server) GetPerformancePlan(ctx context.Context, request apigen.GetPerformancePlanRequestObject) (apigen.GetPerformancePlanResponseObject, error) {
	d, err := s.performance(ctx, request.Id)
	if err != nil {
		return nil, err
	}
	wanted := d.PlanID
	if request.Params.V != nil && *request.Params.V != wanted {
		return nil, notFound("plan of this performance")
	}
	plan, err := s.plan(ctx, wanted)
	if err != nil {
		return nil, err
	}
	answer := planAnswer{plan: plan, kept: planKept}
	if request.Params.V != nil {
		answer.kept = planKeptForEver
	}
	if request.Params.IfNoneMatch != nil {
		answer.known = strings.Contains(*request.Params.IfNoneMatch, answer.etag())
	}
	return answer, nil
}

// planAnswer writes the JSON as it is, or says that the client has it.
type planAnswer struct {
	plan  *servedPlan
	kept  string
	known bool
}

func (a planAnswer) etag() string { return `"` + a.plan.id.String() + `"` }

// VisitGetPerformancePlanResponse implements apigen.GetPerformancePlanResponseObject.
func (a planAnswer) VisitGetPerformancePlanResponse(w http.ResponseWriter) error {
	w.Header().Set("ETag", a.etag())
	w.Header().Set("Cache-Control", a.kept)
	if a.known {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(a.plan.text) // it fails when the client went away: there is nobody to tell
	return nil
}
