package waiting

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Control speaks with rooms' coordinators, through the ops Worker.
type Control struct {
	URL    string // of the ops Worker: scheme and host
	Token  string // that it asks for
	Client *http.Client
}

// Errors of Control besides those of the network.
var (
	ErrNoControl = errors.New("rooms: STAGEDOOR_OPS_URL and STAGEDOOR_OPS_TOKEN are not set, so rooms cannot be reached")
	ErrUnknown   = errors.New("rooms: the coordinator does not know the room")
	ErrRefused   = errors.New("rooms: the ops Worker refuses STAGEDOOR_OPS_TOKEN")
)

// maxStatus bounds an answer: fifteen minutes of history are about 100 KB.
const maxStatus = 1 << 20

// Status asks how a room is. It is ErrUnknown for one that was never told what to do.
func (c *Control) Status(ctx context.Context, room string) (Status, error) {
	var s Status
	err := c.call(ctx, http.MethodGet, room, "", nil, &s)
	if err == nil && s.Room != room {
		err = fmt.Errorf("rooms: the answer is about the room %q instead of %q", s.Room, room)
	}
	return s, err
}

// Put tells a room what is wanted of it. It follows unless it has been told something newer.
func (c *Control) Put(ctx context.Context, config Config) error {
	return c.call(ctx, http.MethodPut, config.ID, "", config, nil)
}

// Revoke has a room refuse the pass and the place of a session.
func (c *Control) Revoke(ctx context.Context, room string, session [16]byte) error {
	return c.call(ctx, http.MethodPost, room, "/revoke", struct {
		Session string `json:"session"`
	}{hex.EncodeToString(session[:])}, nil)
}

func (c *Control) call(ctx context.Context, method, room, action string, in, out any) error {
	if c == nil || c.URL == "" || c.Token == "" {
		return ErrNoControl
	}
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("rooms: %w", err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+"/rooms/"+url.PathEscape(room)+action, body)
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.Token)
	request.Header.Set("Accept", "application/json")
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	client := c.Client
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxStatus+1))
	switch {
	case err != nil:
		return fmt.Errorf("rooms: %w", err)
	case len(text) > maxStatus:
		return fmt.Errorf("rooms: the answer to %s has more than %d bytes", method, maxStatus)
	case answer.StatusCode == http.StatusNotFound:
		return ErrUnknown
	case answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden:
		return ErrRefused
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return fmt.Errorf("rooms: %s %s: %s", method, room+action, problem(answer.Status, text))
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("rooms: the answer cannot be read: %w", err)
	}
	return nil
}

// problem is what an answer says went wrong.
func problem(status string, text []byte) string {
	var p struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(text, &p) == nil && p.Detail != "" {
		return status + ": " + p.Detail
	}
	return status
}
