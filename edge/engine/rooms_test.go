package engine_test

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/engine"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/edge/wire"
	"github.com/stagedoor/stagedoor/waitingroom/room"
)

const ring = "1:the secret of the ring has thirty-two bytes or more"

// theatre is isolates of the edge with the gates and the coordinator of one
// room, joined without a shell: what the JavaScript carries, asks carries.
type theatre struct {
	t        testing.TB
	now      int64
	isolates []*engine.Engine
	gates    map[string]*room.Gate
	stores   map[string]map[string][]byte
	room     *room.Room
	revision int
	random   uint64
	cut      bool // nothing gets through to gates
}

func newTheatre(t testing.TB, isolates int, config string, change func(*site.Room)) *theatre {
	t.Helper()
	th := &theatre{t: t, now: now, gates: map[string]*room.Gate{}, stores: map[string]map[string][]byte{"": {}}}
	th.restartRoom()
	if config != "" {
		th.configure(config)
	}
	for range isolates {
		e, err := engine.New([]byte("a key of enough bytes\n" + ring))
		if err != nil {
			t.Fatal(err)
		}
		th.isolates = append(th.isolates, e)
	}
	th.load(change)
	return th
}

// load gives every isolate the site's document.
func (th *theatre) load(change func(*site.Room)) {
	th.t.Helper()
	doc := document(th.t, func(s *site.Site) {
		r := site.Room{ID: "hamlet", Name: "Hamlet", Paths: []string{"/shows/hamlet"}, PassLife: 300, FailClosed: true, Gates: 2}
		if change != nil {
			change(&r)
		}
		s.Rooms = []site.Room{r}
		s.Locales.Offered = []string{"cy-GB", "fr-FR", "de-DE", "es-ES"}
	})
	for _, e := range th.isolates {
		if _, err := e.Load("lyceum.example", doc, th.now); err != nil {
			th.t.Fatal(err)
		}
	}
}

func store(rows map[string][]byte) func(string, []byte) {
	return func(key string, value []byte) {
		if value == nil {
			delete(rows, key)
			return
		}
		rows[key] = bytes.Clone(value)
	}
}

func (th *theatre) configure(more string) {
	th.t.Helper()
	th.revision++
	config := fmt.Sprintf(`{"id":"hamlet","revision":%d,"event":"e1","mode":"fifo","active":5,"per_minute":0,"pass_life":300,"poll_every":10,"typical_stay":60`, th.revision)
	// Of a key that stands twice the later one counts.
	if status, answer := th.room.Configure([]byte(config+more+"}"), th.now); status != 200 {
		th.t.Fatalf("%d %s", status, answer)
	}
	th.room.Save(store(th.stores[""]))
}

func (th *theatre) restartRoom() {
	r, err := room.Open("hamlet", maps.Clone(th.stores[""]))
	if err != nil {
		th.t.Fatal(err)
	}
	th.room = r
}

// asks is what the shell does with Plan.Room.
func (th *theatre) asks(e *engine.Engine) {
	th.t.Helper()
	name, message, found := strings.Cut(string(e.AskRoom(nil, "hamlet", th.now)), "\n")
	if !found {
		return
	}
	if th.cut {
		e.KeepRoom("hamlet", th.now)
		return
	}
	g := th.gates[name]
	if g == nil {
		th.random++
		var err error
		if g, err = room.OpenGate(name, th.random, nil); err != nil {
			th.t.Fatal(err)
		}
		th.gates[name], th.stores[name] = g, map[string][]byte{}
	}
	flags := g.Report([]byte(message), th.now)
	if flags == 0 {
		th.t.Fatal("the gate takes the message for malformed")
	}
	if flags&room.Due != 0 {
		up := g.Ask(th.now)
		if !th.room.Report(up, th.now) {
			th.t.Fatal("the coordinator takes the message for malformed")
		}
		th.room.Save(store(th.stores[""]))
		if answer := th.room.Reply(up, th.now); answer != nil {
			if err := g.Heard(answer, th.now); err != nil {
				th.t.Fatal(err)
			}
		}
	}
	answer := g.Reply([]byte(message), th.now)
	if answer == nil {
		e.KeepRoom("hamlet", th.now)
	} else if err := e.AnswerRoom("hamlet", answer, th.now); err != nil {
		th.t.Fatal(err)
	}
}

// client is a visitor's browser.
type client struct {
	th      *theatre
	ip      string
	headers []chain.Field
	cookies map[string]string
}

func (th *theatre) visitor() *client {
	return &client{th: th, ip: "203.0.113.7", cookies: map[string]string{}}
}

// ask sends a request to one of the isolates.
func (c *client) ask(isolate int, method, path string) wire.Plan {
	th := c.th
	th.t.Helper()
	e := th.isolates[isolate]
	r := chain.Request{Method: method, RemoteIP: c.ip, Fields: append([]chain.Field{{Name: "accept", Value: "text/html"}}, c.headers...)}
	var jar []string
	for name, value := range c.cookies {
		jar = append(jar, name+"="+value)
	}
	if len(jar) > 0 {
		r.Fields = append(r.Fields, chain.Field{Name: "cookie", Value: strings.Join(jar, "; ")})
	}
	for range 3 {
		th.random++
		in := engine.Input{Request: wire.AppendRequest(nil, &r, "http://lyceum.example"+path), Now: th.now, Trace: true}
		for i := range in.Random {
			in.Random[i] = byte((th.random + 1) * 0x9e3779b97f4a7c15 >> (i % 8 * 8) * uint64(i+1))
		}
		out, _ := e.Decide(nil, &in)
		p, err := wire.ParsePlan(out)
		if err != nil {
			th.t.Fatal(err)
		}
		if p.Action != "load" {
			for _, op := range p.Response {
				if cookie, ok := strings.CutPrefix(op, "+set-cookie: "); ok {
					c.take(cookie)
				}
			}
			if p.Room != "" {
				th.asks(e)
			}
			return p
		}
		if p.Room == "" {
			th.t.Fatalf("asks for the site: %+v", p)
		}
		th.asks(e)
	}
	th.t.Fatal("asks for more and more")
	return wire.Plan{}
}

func (c *client) take(cookie string) {
	pair, attributes, _ := strings.Cut(cookie, ";")
	name, value, _ := strings.Cut(pair, "=")
	if strings.Contains(attributes, "Max-Age=0") {
		delete(c.cookies, name)
	} else {
		c.cookies[name] = value
	}
}

// see asks for the guarded page and says with which reason it came out.
func (c *client) see(isolate int) string {
	c.th.t.Helper()
	p := c.ask(isolate, "GET", "/shows/hamlet")
	for _, line := range p.Trace {
		if filter, rest, _ := strings.Cut(line, " "); filter == "waitingroom" {
			return rest[strings.LastIndexByte(rest, ' ')+1:]
		}
	}
	return p.Action
}

func (th *theatre) pass(seconds int) {
	for range seconds {
		th.now += 1000
		th.load(nil)
	}
}

const place, pass = "stagedoor_place_hamlet", "stagedoor_pass_hamlet"

// From reports over gates and coordinator to the filter: the first five come in
// at once, the sixth waits, and comes in when one of them has gone.
func TestRoomFromEndToEnd(t *testing.T) {
	th := newTheatre(t, 2, "", nil)
	th.configure("")
	in := 0
	var waiting []*client
	for i := range 8 {
		v := th.visitor()
		if reason := v.see(i % 2); reason == "waitingroom.slot" {
			in++
		} else if reason == "waitingroom.queued" && v.cookies[place] != "" && v.cookies[pass] == "" {
			waiting = append(waiting, v)
		} else {
			t.Fatalf("visitor %d: %s %v", i, reason, v.cookies)
		}
		th.pass(1)
	}
	for range 20 {
		th.pass(1)
		kept := waiting[:0]
		for i, v := range waiting {
			if v.see(i%2) == "waitingroom.admitted" {
				in++
			} else {
				kept = append(kept, v)
			}
		}
		waiting = kept
	}
	if in != 5 || len(waiting) != 3 {
		t.Fatalf("%d are in and %d wait, of 8 of whom 5 may", in, len(waiting))
	}
	for range 400 {
		th.pass(1)
		kept := waiting[:0]
		for i, v := range waiting {
			if v.see(i%2) == "waitingroom.admitted" {
				in++
			} else {
				kept = append(kept, v)
			}
		}
		if waiting = kept; len(waiting) == 0 {
			return
		}
	}
	t.Fatalf("%d still wait after everyone's pass has run out", len(waiting))
}
