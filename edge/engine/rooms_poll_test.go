package engine_test

import (
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/engine"
	"github.com/stagedoor/stagedoor/edge/wire"
)

// What visitors ask for most costs nothing but time: who waits and asks again,
// as a page or as JSON, in order or drawn, and who is in and looks at pages.
func TestRoomsAllocateNothing(t *testing.T) {
	seed := `,"mode":"lottery","seed":"0909090909090909090909090909090909090909090909090909090909090909","opens_at":"2026-11-21T10:00:00Z","sale_at":"2026-11-21T10:00:10Z"`
	for _, test := range []struct{ name, config, accept, want string }{
		{"a poll as a page", `,"paused":true,"seats_left":0`, "text/html", "waitingroom.queued"},
		{"a poll as JSON", `,"paused":true`, "application/json", "waitingroom.queued"},
		{"a poll in a lottery", `,"active":0` + seed, "application/json", "waitingroom.queued"},
		{"before the sale", `,"opens_at":"2026-11-21T09:00:00Z","sale_at":"2026-11-21T12:00:00Z"`, "text/html", "waitingroom.pre-queue"},
		{"before the doors open", `,"opens_at":"2026-11-21T11:00:00Z"`, "text/html", "waitingroom.not-open-yet"},
		{"inside", "", "text/html", "waitingroom.pass"},
	} {
		t.Run(test.name, func(t *testing.T) {
			th := newTheatre(t, 1, "", nil)
			th.configure(test.config)
			v := th.visitor()
			v.see(0)
			th.pass(15)
			v.see(0)
			v.headers = []chain.Field{{Name: "accept", Value: test.accept}}
			if reason := v.see(0); reason != test.want {
				t.Fatalf("%s, want %s", reason, test.want)
			}
			var jar string
			for name, value := range v.cookies {
				jar = name + "=" + value
			}
			r := chain.Request{Method: "GET", RemoteIP: v.ip, Fields: []chain.Field{{Name: "accept", Value: test.accept}, {Name: "cookie", Value: jar}}}
			in := engine.Input{Request: wire.AppendRequest(nil, &r, "http://lyceum.example/shows/hamlet"), Now: th.now}
			out := make([]byte, 0, 64<<10)
			if n := testing.AllocsPerRun(200, func() { th.isolates[0].Decide(out, &in) }); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func BenchmarkPoll(b *testing.B) {
	th := newTheatre(b, 1, "", nil)
	th.configure(`,"paused":true`)
	v := th.visitor()
	v.see(0)
	r := chain.Request{Method: "GET", RemoteIP: v.ip, Fields: []chain.Field{{Name: "accept", Value: "application/json"}, {Name: "cookie", Value: place + "=" + v.cookies[place]}}}
	in := engine.Input{Request: wire.AppendRequest(nil, &r, "http://lyceum.example/shows/hamlet"), Now: th.now}
	out := make([]byte, 0, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		th.isolates[0].Decide(out, &in)
	}
}
