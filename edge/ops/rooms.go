package ops

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/token"
)

// Rooms are the waiting rooms' coordinators.
type Rooms interface {
	// Ask sends a request to the coordinator of a room and returns what it
	// answered, in JSON. The error is that it could not be reached.
	Ask(ctx context.Context, room, method, path string, body []byte) (status int, answer []byte, err error)
}

// maxRoomBody bounds, in bytes, what a coordinator is told.
const maxRoomBody = 64 << 10

var errRoomsUnbound = errors.New("the Durable Objects ROOMS are not bound")

// roomStatus answers GET /rooms/{id}.
func (o *Ops) roomStatus(w http.ResponseWriter, r *http.Request) { o.askRoom(w, r, "/status", nil) }

// roomConfig answers PUT /rooms/{id}: the whole desired state of a room. It is
// the coordinator that judges it; here it must be of this room.
func (o *Ops) roomConfig(w http.ResponseWriter, r *http.Request) {
	body, ok := o.roomBody(w, r)
	if !ok {
		return
	}
	var config struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &config); err != nil || config.ID != r.PathValue("id") {
		o.roomProblem(w, http.StatusUnprocessableEntity, "id: must be the room's, as in the address.")
		return
	}
	o.askRoom(w, r, "/config", body)
}

// roomRevoke answers POST /rooms/{id}/revoke.
func (o *Ops) roomRevoke(w http.ResponseWriter, r *http.Request) {
	if body, ok := o.roomBody(w, r); ok {
		o.askRoom(w, r, "/revoke", body)
	}
}

// roomBody reads a body of JSON. Its type is asked for because a page of
// somebody else's cannot send it: browsers add the password to any request.
func (o *Ops) roomBody(w http.ResponseWriter, r *http.Request) (body []byte, ok bool) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		o.roomProblem(w, http.StatusUnsupportedMediaType, "The body must be application/json.")
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRoomBody+1))
	switch {
	case err != nil:
		o.roomProblem(w, http.StatusBadRequest, "The body broke off.")
	case len(body) > maxRoomBody:
		o.roomProblem(w, http.StatusRequestEntityTooLarge, "The body is larger than 64 KiB.")
	case !json.Valid(body):
		o.roomProblem(w, http.StatusBadRequest, "The body is not JSON.")
	default:
		return body, true
	}
	return nil, false
}

// askRoom passes a request on to a room's coordinator, and its answer back.
func (o *Ops) askRoom(w http.ResponseWriter, r *http.Request, path string, body []byte) {
	room := r.PathValue("id")
	if !site.IsID(room) || len(room) > token.MaxRoom {
		o.roomProblem(w, http.StatusNotFound, "A room's ID has lower-case letters, digits and hyphens, 40 at most.")
		return
	}
	status, answer, err := 0, []byte(nil), errRoomsUnbound
	if o.Rooms != nil {
		status, answer, err = o.Rooms.Ask(r.Context(), room, r.Method, path, body)
	}
	if err != nil {
		o.Log.Error("a room's coordinator could not be reached", slog.String("room", room), slog.Any("error", err))
		w.Header().Set("Retry-After", "2")
		o.roomProblem(w, http.StatusBadGateway, "The room's coordinator cannot be reached just now.")
		return
	}
	kind := "application/json"
	if status >= 400 {
		kind = "application/problem+json"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	if _, err := w.Write(answer); err != nil {
		o.Log.Warn("an answer could not be written", slog.Any("error", err))
	}
}

// roomProblem is an error in JSON: programs ask here, not people.
func (o *Ops) roomProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	o.write(w, map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
}
