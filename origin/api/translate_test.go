package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stagedoor/stagedoor/origin/api/apigen"
	"github.com/stagedoor/stagedoor/origin/booking"
	"github.com/stagedoor/stagedoor/origin/booking/idempotency"
	"github.com/stagedoor/stagedoor/origin/hold"
	"github.com/stagedoor/stagedoor/origin/show"
	"github.com/stagedoor/stagedoor/search/index"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		err  error
		want code
	}{
		{"a problem stays itself", notFound("show"), codeNotFound},
		{"no such show", show.ErrNotFound, codeNotFound},
		{"no such performance", hold.ErrUnknownPerformance, codeNotFound},
		{"another theatre's", booking.ErrNotSoldHere, codeNotFound},
		{"seats taken", &hold.TakenError{Seats: []string{"a"}}, codeSeatsTaken},
		{"seats lost", &booking.SeatsLostError{Seats: []string{"a"}}, codeSeatsTaken},
		{"a bad hold", &hold.InvalidError{Field: "seats"}, codeInvalid},
		{"a bad order", &booking.InvalidError{Fields: []booking.FieldError{{Field: "name"}}}, codeInvalid},
		{"a queue before it", &hold.RoomError{Room: "hamlet", Name: "Hamlet", URL: "https://lyceum.example/x"}, codeWaitingRoom},
		{"at work", &idempotency.InProgressError{}, codeRequestInProgress},
		{"no money", fmt.Errorf("%w: %w", booking.ErrPaymentUnavailable, io.EOF), codePaymentUnavailable},
		{"no index", index.ErrNoIndex, codeSearchUnavailable},
		{"no Redis", hold.ErrUnavailable, codeUnavailable},
		{"no time", context.DeadlineExceeded, codeUnavailable},
		{"Postgres is leaving", &pgconn.PgError{Code: "57P01"}, codeUnavailable},
		{"Postgres is full", &pgconn.PgError{Code: "53300"}, codeUnavailable},
		{"a fault of ours", &pgconn.PgError{Code: "42601"}, codeInternal},
		{"anything else", errors.New("a nil map"), codeInternal},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := translate(fmt.Errorf("wrapped: %w", c.err))
			if got.code != c.want {
				t.Errorf("%v becomes %s, want %s", c.err, got.code, c.want)
			}
			if kinds[got.code].Status == 0 {
				t.Errorf("%s is not in the catalogue", got.code)
			}
		})
	}
}

// Who is sent to a waiting room is told where it is.
func TestWaitingRoomProblem(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	translate(&hold.RoomError{Room: "hamlet", Name: "Hamlet", URL: "https://lyceum.example/x"}).write(answer, httptest.NewRequest(http.MethodPost, "/api/v1/holds", nil))
	var p apigen.Problem
	if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || answer.Code != http.StatusForbidden || answer.Header().Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%d %v %s", answer.Code, err, answer.Body)
	}
	if p.Code != "waiting_room" || p.Url == nil || *p.Url != "https://lyceum.example/x" || !strings.Contains(p.Detail, "Hamlet") {
		t.Errorf("%s", answer.Body)
	}
}
