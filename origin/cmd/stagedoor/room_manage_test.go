package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stagedoor/stagedoor/origin/postgres/pgtest"
)

// roomHouse is a database with a theatre, an edge's KV that takes everything, and an ops Worker that keeps what rooms
// are told.
type roomHouse struct {
	t    *testing.T
	vars map[string]string
	url  string

	mu      sync.Mutex
	told    map[string]string // the last configuration of each room
	revoked []string
}

func newRoomHouse(t *testing.T) *roomHouse {
	t.Helper()
	h := &roomHouse{t: t, url: pgtest.URL(t), told: map[string]string{}}
	db, err := pgx.Connect(t.Context(), h.url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	if _, err := db.Exec(t.Context(), `insert into brands (id, name, country, locale, currency, time_zone, theme) values
		('lyceum', 'Lyceum Theatre', 'GB', 'en-GB', 'GBP', 'Europe/London', '{"background":"#ffffff","ink":"#111111","accent":"#8c1c2b"}')`); err != nil {
		t.Fatal(err)
	}
	kv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"success":true,"errors":[],"messages":[],"result":{"successful_key_count":1,"unsuccessful_keys":[]}}`)
	}))
	t.Cleanup(kv.Close)
	ops := httptest.NewServer(http.HandlerFunc(h.coordinate))
	t.Cleanup(ops.Close)
	h.vars = map[string]string{
		"DATABASE_URL": h.url, "STAGEDOOR_DOMAIN": "lyceum.example", "STAGEDOOR_ORIGIN_URL": "http://127.0.0.1:8788",
		"STAGEDOOR_HOP_KEY": "a hop key for tests, no secret", "STAGEDOOR_OPS_URL": ops.URL, "STAGEDOOR_OPS_TOKEN": "an ops token for tests",
		"CLOUDFLARE_API_URL": kv.URL + "/client/v4", "CLOUDFLARE_API_TOKEN": "secret", "CLOUDFLARE_ACCOUNT_ID": "acc", "CLOUDFLARE_KV_NAMESPACE_ID": "ns",
	}
	return h
}

// coordinate speaks the ops Worker's part.
func (h *roomHouse) coordinate(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	room, action, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/rooms/"), "/")
	switch {
	case r.Method == http.MethodPut:
		h.told[room] = string(body)
	case action == "revoke":
		h.revoked = append(h.revoked, room+" "+string(body))
	case h.told[room] == "":
		w.WriteHeader(http.StatusNotFound)
	default:
		var config struct{ Revision int64 }
		_ = json.Unmarshal([]byte(h.told[room]), &config)
		_ = json.NewEncoder(w).Encode(map[string]any{"room": room, "revision": config.Revision, "waiting": 1234, "limit": 300})
	}
}

// run runs `stagedoor room …`.
func (h *roomHouse) run(args ...string) (code int, out, problem string) {
	h.t.Helper()
	command := append([]string{"room", args[0], "--data", h.t.TempDir()}, args[1:]...)
	return tryIn(h.t, h.vars, command...)
}

func TestRoomCommands(t *testing.T) {
	t.Parallel()
	h := newRoomHouse(t)
	for _, tc := range []struct {
		args []string
		code int
		says []string // on either output
		told string   // of what the coordinator knows then
	}{
		{[]string{"list"}, 0, []string{"There are no waiting rooms."}, ""},
		{[]string{"create", "hamlet"}, 1, []string{"Nothing was changed", "name must be", "brands must be 1", "paths must be 1"}, ""},
		{[]string{"create"}, 2, []string{"takes one argument, the room's ID"}, ""},
		{[]string{"create", "hamlet", "--opens", "10:00"}, 2, []string{"need a --site"}, ""},
		{[]string{"create", "hamlet", "--site", "lyceum", "--show", "hamlet"}, 1, []string{`lyceum plays no show "hamlet"`}, ""},
		{[]string{"create", "hamlet", "--performance", "tonight"}, 2, []string{`"tonight" is not an ID`}, ""},
		{
			[]string{"create", "hamlet", "--site", "lyceum", "--path", "/shows/hamlet", "--name", "Hamlet", "--mode", "lottery", "--active", "300", "--opens", "2036-12-01 09:00", "--sale", "2036-12-01 10:00"},
			0, []string{"The waiting room hamlet is before /shows/hamlet on lyceum.", "Lottery: event event-1, commitment ", "The room follows"}, `"active":300`,
		},
		{[]string{"create", "hamlet", "--site", "lyceum", "--path", "/x", "--name", "X"}, 1, []string{"never given again"}, `"active":300`},
		{[]string{"list"}, 0, []string{"hamlet", "lottery", "scheduled", "Mon 1 Dec 2036 10:00 GMT", "follows"}, ""},
		{[]string{"show", "hamlet"}, 0, []string{"1234; who joins now", "commitment", "300 inside"}, ""},
		{[]string{"show", "macbeth"}, 1, []string{`there is no waiting room "macbeth"`}, ""},
		{[]string{"set", "hamlet", "--active", "50", "--message", "Nearly there."}, 0, []string{"is changed"}, `"active":50`},
		{[]string{"set", "hamlet", "--active", "50"}, 0, []string{"Nothing changes"}, `"message":"Nearly there."`},
		{[]string{"set", "hamlet", "--mode", "random"}, 1, []string{`"random" must be fifo`}, ""},
		{[]string{"set", "hamlet", "--opens", "none"}, 1, []string{"opens_at too"}, ""},
		{[]string{"pause", "hamlet"}, 0, []string{"nobody new comes in"}, `"paused":true`},
		{[]string{"drain", "hamlet"}, 0, []string{"everybody goes in"}, `"drained":true`},
		{[]string{"resume", "hamlet"}, 0, []string{"lets people in again"}, `"paused":false,"drained":false`},
		{[]string{"revoke", "hamlet", "5f"}, 2, []string{"32 digits and letters"}, ""},
		{[]string{"revoke", "hamlet", strings.Repeat("5f", 16)}, 0, []string{"counts no more"}, ""},
		{[]string{"delete", "hamlet"}, 0, []string{"is deleted"}, `"mode":"passthrough"`},
		{[]string{"delete", "hamlet"}, 1, []string{"there is no waiting room"}, ""},
	} {
		code, out, problem := h.run(tc.args...)
		if code != tc.code {
			t.Errorf("%q: status %d\n%s%s", tc.args, code, out, problem)
		}
		for _, text := range tc.says {
			if !strings.Contains(out+problem, text) {
				t.Errorf("%q does not say %q:\n%s%s", tc.args, text, out, problem)
			}
		}
		if !strings.Contains(h.told["hamlet"], tc.told) {
			t.Errorf("%q: the coordinator knows %s", tc.args, h.told["hamlet"])
		}
	}
	// Once by the command and, to be sure, again by what tends the rooms; nobody else.
	revoked := slices.Compact(slices.Clone(h.revoked))
	if len(revoked) != 1 || !strings.Contains(revoked[0], strings.Repeat("5f", 16)) {
		t.Errorf("revoked %q", h.revoked)
	}
}

func TestRoomCommandsForPrograms(t *testing.T) {
	t.Parallel()
	h := newRoomHouse(t)
	read := func(args ...string) (shown shownRoom) {
		t.Helper()
		code, out, problem := h.run(append(args, "--json")...)
		if err := json.Unmarshal([]byte(out), &shown); err != nil || code != 0 {
			t.Fatalf("%q: %d %v\n%s%s", args, code, err, out, problem)
		}
		return shown
	}
	made := read("create", "hamlet", "--site", "lyceum", "--path", "/", "--name", "Hamlet", "--mode", "lottery", "--opens", "2036-01-01 09:00", "--sale", "2036-01-01 10:00")
	if made.Version != 1 || !made.Follow || made.Seed != "" || made.Event.Commitment == "" {
		t.Errorf("%+v", made)
	}
	// The coordinator knows the seed; nothing that is printed tells it.
	var config struct{ Seed string }
	if err := json.Unmarshal([]byte(h.told["hamlet"]), &config); err != nil || len(config.Seed) != 64 {
		t.Fatalf("%v %s", err, h.told["hamlet"])
	}
	for _, args := range [][]string{{"show", "hamlet"}, {"show", "hamlet", "--json"}, {"list", "--json"}, {"set", "hamlet", "--active", "7", "--json"}} {
		if _, out, problem := h.run(args...); strings.Contains(out+problem, config.Seed) {
			t.Errorf("%q tells the seed", args)
		}
	}
	if s := read("show", "hamlet"); s.Live == nil || s.Live.Waiting != 1234 || s.Active != 7 {
		t.Errorf("%+v", s)
	}
}

// The change is safe when nobody can be told of it, and that is said.
func TestRoomCommandsWhileTheEdgeIsAway(t *testing.T) {
	t.Parallel()
	h := newRoomHouse(t)
	delete(h.vars, "STAGEDOOR_OPS_URL")
	if code, out, problem := h.run("create", "hamlet", "--site", "lyceum", "--path", "/", "--name", "Hamlet"); code != 0 || !strings.Contains(problem, "was not told") {
		t.Errorf("%d %s%s", code, out, problem)
	}
	h.vars["STAGEDOOR_OPS_URL"] = "http://127.0.0.1:1"
	if code, _, problem := h.run("pause", "hamlet"); code != 1 || !strings.Contains(problem, "the room's coordinator does not follow yet") {
		t.Errorf("%d %s", code, problem)
	}
	if code, out, _ := h.run("list"); code != 0 || !strings.Contains(out, "paused") || !strings.Contains(out, "does not answer") {
		t.Errorf("%d %s", code, out)
	}
}
