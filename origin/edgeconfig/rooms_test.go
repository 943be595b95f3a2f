package edgeconfig_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
)

// hamlet is a room before the whole of two sites.
func hamlet() waiting.Room {
	return waiting.Room{
		ID: "hamlet", Name: "Hamlet", Brands: []string{"lyceum", "shubert"}, Paths: []string{"/shows/hamlet"}, Mode: waiting.FIFO, Active: 300, PerMinute: 120,
	}
}

func TestRoomIsOnEverySiteThatItSpans(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	made, err := h.CreateRoom(ctx, "ana", hamlet())
	if err != nil {
		t.Fatal(err)
	}
	if made.PassLife != 600 || made.PollEvery != 15 || made.TypicalStay != 300 || made.PageStatus != 200 || made.Version != 1 {
		t.Errorf("defaults: %+v", made)
	}
	h.publish(t)
	for _, brand := range []string{"lyceum", "shubert"} {
		rooms := h.published(t, brand+".localhost").Rooms
		if len(rooms) != 1 || rooms[0].ID != "hamlet" || rooms[0].Mode != site.RoomQueue || !slices.Equal(rooms[0].Paths, []string{"/shows/hamlet"}) {
			t.Errorf("%s: %+v", brand, rooms)
		}
		if got := h.audited(t, brand); !slices.Equal(got, []string{"ana room.create"}) {
			t.Errorf("%s: audit %q", brand, got)
		}
	}
	if rooms := h.published(t, "localhost").Rooms; len(rooms) != 0 {
		t.Errorf("the group's site has %+v", rooms)
	}
	// One site fewer: both are told.
	_, after, err := h.EditRoom(ctx, "ben", edgeconfig.RoomEdit{ID: "hamlet", Known: 1, Action: "room.change", Change: func(r *waiting.Room) error {
		r.Brands, r.Mode = []string{"shubert"}, waiting.Reject
		return nil
	}})
	if err != nil || after.Version != 2 || after.UpdatedBy != "ben" {
		t.Fatalf("%+v %v", after, err)
	}
	h.publish(t)
	if left, right := h.published(t, "lyceum.localhost").Rooms, h.published(t, "shubert.localhost").Rooms; len(left) != 0 || right[0].Mode != site.RoomReject {
		t.Errorf("lyceum %+v, shubert %+v", left, right)
	}
	if got := h.audited(t, "lyceum"); !slices.Equal(got, []string{"ana room.create", "ben room.change"}) {
		t.Errorf("audit %q", got)
	}
	// Deleted, it is on no site; its ID is not given again; taken back, it is there as it was.
	if _, err := h.DeleteRoom(ctx, "ben", "hamlet", 2); err != nil {
		t.Fatal(err)
	}
	h.publish(t)
	if rooms := h.published(t, "shubert.localhost").Rooms; len(rooms) != 0 {
		t.Errorf("a deleted room is published: %+v", rooms)
	}
	var refused edgeconfig.Refused
	if _, err := h.CreateRoom(ctx, "ana", hamlet()); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "never given again") {
		t.Errorf("the ID of a deleted room: %v", err)
	}
	back, err := h.UndoRoom(ctx, "ben", "hamlet", 3)
	if err != nil || !back.DeletedAt.IsZero() || back.Mode != waiting.Reject || back.Version != 4 || back.Event.Commitment != made.Event.Commitment {
		t.Errorf("back: %+v %v", back, err)
	}
	if list, err := h.Rooms(ctx, "lyceum"); err != nil || len(list) != 0 {
		t.Errorf("lyceum lists %+v %v", list, err)
	}
	if list, err := h.Rooms(ctx, edgeconfig.AllSites); err != nil || len(list) != 1 {
		t.Errorf("all list %+v %v", list, err)
	}
}

func TestRoomOfAPerformance(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	production, performances := h.stage(t, "shubert", 3)
	made, err := h.CreateRoom(ctx, "ana", waiting.Room{ID: "first-night", PerformanceID: performances[0], Active: 10})
	if err != nil || made.Name != "Hamlet" || !slices.Equal(made.Brands, []string{"shubert"}) || !slices.Equal(made.Paths, []string{"/performances/" + performances[0].String()}) {
		t.Errorf("%+v %v", made, err)
	}
	made, err = h.CreateRoom(ctx, "ana", waiting.Room{ID: "all-nights", ProductionID: production, Active: 10})
	if err != nil || len(made.Paths) != 4 || made.Paths[0] != "/shows/hamlet" {
		t.Errorf("%+v %v", made, err)
	}
	for name, r := range map[string]waiting.Room{
		"nothing that is on":    {ID: "x", PerformanceID: uuid.New()},
		"must have \"shubert\"": {ID: "x", ProductionID: production, Brands: []string{"lyceum"}},
	} {
		var refused edgeconfig.Refused
		if _, err := h.CreateRoom(ctx, "ana", r); !errors.As(err, &refused) || !strings.Contains(refused.Reason, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A long run has more seat maps than a room can name: a queue before some of its nights is not made in silence.
func TestRoomOfALongRunSaysWhatItGuards(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	production, _ := h.stage(t, "shubert", waiting.MaxPaths)
	room := waiting.Room{ID: "all-nights", ProductionID: production, Active: 10}
	var faults edgeconfig.RoomFaults
	if _, err := h.CreateRoom(ctx, "ana", room); !errors.As(err, &faults) || len(faults.List) != 1 || faults.List[0].Field != "paths" ||
		!strings.Contains(faults.List[0].Problem, "Hamlet has more coming performances than the 63") || !strings.Contains(faults.List[0].Problem, "write /shows/hamlet and /performances") {
		t.Fatalf("%v", err)
	}
	room.Paths = []string{"/shows/hamlet", "/performances"}
	if made, err := h.CreateRoom(ctx, "ana", room); err != nil || !slices.Equal(made.Paths, room.Paths) {
		t.Errorf("%+v, %v", made.Paths, err)
	}
}

// The seed decides who goes first: until the sale nothing that leaves the database may tell it.
func TestSeedIsSecretUntilTheSale(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	room := hamlet()
	room.Mode, room.Event = waiting.Lottery, waiting.Event{OpensAt: now.Add(time.Hour), SaleAt: now.Add(2 * time.Hour)}
	made, err := h.CreateRoom(ctx, "ana", room)
	if err != nil {
		t.Fatal(err)
	}
	read, err := h.Room(ctx, "hamlet")
	if err != nil || read.Event.Commitment != made.Event.Commitment {
		t.Fatalf("%+v %v", read, err)
	}
	if seed := read.Event.Revealed(now.Add(2*time.Hour - time.Second)); seed != "" {
		t.Fatalf("the seed %s is out before the sale", seed)
	}
	seed := read.Event.Revealed(now.Add(2 * time.Hour))
	if err := check(read.Event.Commitment, seed, "hamlet", read.Event.ID()); err != nil {
		t.Error(err)
	}
	text, err := json.Marshal(read)
	if err != nil || strings.Contains(string(text), seed) {
		t.Errorf("the room's JSON tells the seed: %s", text)
	}
	var kept string
	if err := h.db.QueryRow(ctx, `select coalesce(string_agg(after::text || coalesce(before::text, ''), ' '), '') from staff_audit`).Scan(&kept); err != nil || strings.Contains(kept, seed) || !strings.Contains(kept, made.Event.Commitment) {
		t.Errorf("the audit log: %s %v", kept, err)
	}
	h.publish(t)
	for key, value := range h.store.values {
		if strings.Contains(string(value), seed) {
			t.Errorf("%s tells the seed", key)
		}
	}
	if c := read.Config(); c.Seed != seed || c.Event != "event-1" {
		t.Errorf("the coordinator is told %+v", c)
	}
	if another, err := h.CreateRoom(ctx, "ana", waiting.Room{ID: "other", Name: "Other", Brands: []string{"lyceum"}, Paths: []string{"/x"}}); err != nil || another.Event.Commitment == made.Event.Commitment {
		t.Errorf("two rooms have the same seed: %v", err)
	}
}

func check(commitment, seed, room, event string) error {
	var c shuffle.Commitment
	var s shuffle.Seed
	if _, err := hexInto(c[:], commitment); err != nil {
		return err
	}
	if _, err := hexInto(s[:], seed); err != nil {
		return err
	}
	return shuffle.Check(c, s, room, event)
}

// Once its seed is out an event can't be held again: whoever knew the seed would choose their place.
func TestALotteryIsNotHeldTwice(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	room := hamlet()
	room.Mode, room.Event = waiting.Lottery, waiting.Event{OpensAt: now.Add(-2 * time.Hour), SaleAt: now.Add(-time.Hour)}
	made, err := h.CreateRoom(ctx, "ana", room)
	if err != nil {
		t.Fatal(err)
	}
	later := func(r *waiting.Room) error {
		r.Event.OpensAt, r.Event.SaleAt = now.Add(time.Hour), now.Add(2*time.Hour)
		return nil
	}
	var faults edgeconfig.RoomFaults
	if _, _, err := h.EditRoom(ctx, "ben", edgeconfig.RoomEdit{ID: "hamlet", Action: "room.change", Change: later}); !errors.As(err, &faults) || len(faults.List) != 2 {
		t.Errorf("a second draw from a seed that is known: %v", err)
	}
	_, after, err := h.EditRoom(ctx, "ben", edgeconfig.RoomEdit{ID: "hamlet", Action: "room.event", NewEvent: true, Change: later})
	if err != nil || after.Event.Number != 2 || after.Event.Commitment == made.Event.Commitment {
		t.Errorf("%+v %v", after, err)
	}
	events, err := h.RoomEvents(ctx, "hamlet")
	if err != nil || len(events) != 2 || events[1].Revealed(now) == "" || events[0].Revealed(now) != "" {
		t.Errorf("events %+v %v", events, err)
	}
}

func TestTwoWhoChangeARoomAtOnce(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	if _, err := h.CreateRoom(ctx, "ana", hamlet()); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) func(*waiting.Room) error {
		return func(r *waiting.Room) error { r.Active = n; return nil }
	}
	results := make(chan error, 8)
	for i := range cap(results) {
		go func() {
			_, _, err := h.EditRoom(ctx, "ana", edgeconfig.RoomEdit{ID: "hamlet", Known: 1, Action: "room.change", Change: limit(400 + i)})
			results <- err
		}()
	}
	won := 0
	for range cap(results) {
		var conflict edgeconfig.Conflict
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.As(err, &conflict):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d changes of the same version were made", won, cap(results))
	}
	// What changes nothing is no version.
	r, err := h.Room(ctx, "hamlet")
	if err != nil {
		t.Fatal(err)
	}
	if _, after, err := h.EditRoom(ctx, "ana", edgeconfig.RoomEdit{ID: "hamlet", Action: "room.change", Change: limit(r.Active)}); err != nil || after.Version != r.Version {
		t.Errorf("%+v %v", after, err)
	}
}

func TestRoomsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	for _, tc := range []struct {
		name   string
		change func(*waiting.Room)
		says   string
	}{
		{"an ID with capitals", func(r *waiting.Room) { r.ID = "Hamlet" }, "id must be"},
		{"no name", func(r *waiting.Room) { r.Name = " " }, "name must be"},
		{"no site", func(r *waiting.Room) { r.Brands = nil }, "brands must be"},
		{"a site that is not there", func(r *waiting.Room) { r.Brands = []string{"globe"} }, `no site "globe"`},
		{"all sites", func(r *waiting.Room) { r.Brands = []string{"all"} }, "name the sites"},
		{"no path", func(r *waiting.Room) { r.Paths = nil }, "paths must be"},
		{"a path without a slash", func(r *waiting.Room) { r.Paths = []string{"shows"} }, "must begin with /"},
		{"an odd method", func(r *waiting.Room) { r.Methods = []string{"BREW"} }, "methods[0] must be GET"},
		{"an odd mode", func(r *waiting.Room) { r.Mode = "random" }, `"random" must be fifo`},
		{"fewer than none", func(r *waiting.Room) { r.Active = -1 }, "active must be 0 to"},
		{"an endless pass", func(r *waiting.Room) { r.PassLife = 90000 }, "pass_life must be"},
		{"a lottery without a pre-queue", func(r *waiting.Room) { r.Mode = waiting.Lottery }, "opens_at too"},
		{"a sale before the pre-queue", func(r *waiting.Room) { r.Event = waiting.Event{OpensAt: now, SaleAt: now.Add(-time.Hour)} }, "sale_at must not be before"},
		{"an end before the sale", func(r *waiting.Room) { r.Event = waiting.Event{SaleAt: now, EndsAt: now.Add(-time.Hour)} }, "ends_at must be after sale_at"},
		{"a message without end", func(r *waiting.Room) { r.Message = strings.Repeat("x", 501) }, "message must be"},
	} {
		room := hamlet()
		tc.change(&room)
		var refused edgeconfig.Refused
		if _, err := h.CreateRoom(ctx, "ana", room); !errors.As(err, &refused) || !strings.Contains(refused.Reason, tc.says) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if list, err := h.Rooms(ctx, edgeconfig.AllSites); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}
