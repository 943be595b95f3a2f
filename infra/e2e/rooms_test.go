package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stagedoor/stagedoor/origin/waiting"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
)

// queueing is the theatre before which people wait in these walks.
const queueing = "novello"

// waitingRoom puts a room before a performance and goes through it, and tries to go around it: the origin, the edge, the
// room's objects and the console are the real ones.
func waitingRoom(t *testing.T, h *openHouse) {
	first := newVisitor(t, h)
	_, page := first.ask(http.MethodGet, "/", "")
	found := regexp.MustCompile(`/performances/([0-9a-f-]{36})`).FindAllStringSubmatch(page, -1)
	if len(found) == 0 {
		t.Fatal("the theatre's page names no performance")
	}
	first.performance = found[len(found)-1][1]
	_, plan := first.ask(http.MethodGet, "/api/v1/performances/"+first.performance+"/plan", "")
	for _, seat := range regexp.MustCompile(`"id":"([a-z-]+-[A-Z]+-[0-9]+)"`).FindAllStringSubmatch(plan, -1) {
		first.seats = append(first.seats, seat[1])
	}
	command := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), h.binary, append([]string{"room", args[0], "--data", h.data}, args[1:]...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("room %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	command("create", "--site", queueing, "--performance", first.performance, "--active", "20", "e2e")
	first.until(http.StatusForbidden)
	status, problem := first.hold()
	var p struct{ Code, URL string }
	if err := json.Unmarshal([]byte(problem), &p); err != nil || status != http.StatusForbidden || p.Code != "waiting_room" || !strings.HasSuffix(p.URL, "/performances/"+first.performance) {
		t.Fatalf("%d %s", status, problem)
	}
	pass := first.letIn(p.URL)
	if status, body := first.hold(); status != http.StatusCreated && status != http.StatusConflict {
		t.Fatalf("with a pass: %d %s", status, body)
	}

	// A copy of the pass in another browser, and a pass that somebody made up, hold nothing.
	for name, value := range map[string]string{"copied": pass, "made up": pass[:len(pass)-6] + "AAAAAA"} {
		other := first.another()
		other.keep("stagedoor_pass_e2e", value)
		if status, body := other.hold(); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}

	// Ops see them live, and take the pass away.
	ops := signIn(t, h, "ops")
	if page, _ := ops.get(h.at("console", "/sites/"+queueing+"/rooms/e2e")); !strings.Contains(page, "of 20 at most") {
		t.Errorf("the console does not show the room's figures:\n%s", page)
	}
	if event := ops.firstEvent("/sites/" + queueing + "/rooms/e2e/live"); !strings.Contains(event, "of 20 at most") {
		t.Errorf("the live view says %q", event)
	}
	raw, err := base64.RawURLEncoding.DecodeString(pass)
	if err != nil || len(raw) < 5+len("e2e")+16 {
		t.Fatalf("a pass reads %q: %v", pass, err)
	}
	command("revoke", "e2e", hex.EncodeToString(raw[5+len("e2e"):][:16]))
	if status, body := first.hold(); status != http.StatusForbidden {
		t.Errorf("after the pass was taken away: %d %s", status, body)
	}

	// The room is taken away: nobody needs a pass.
	command("delete", "e2e")
	last := first.another()
	last.until(http.StatusCreated)
}

// endRehearsal rehearses with the command and presses Ctrl-C while visitors wait: nothing stays behind.
func endRehearsal(t *testing.T, h *openHouse) {
	// Nobody goes out in time, so that it would go on for minutes.
	rehearse := exec.CommandContext(t.Context(), h.binary, "room", "rehearse", "--data", h.data, "--site", queueing, "--visitors", "30", "--active", "5", "--pass", "10m", "--poll", "2s", "--for", "15m")
	var said bytes.Buffer
	rehearse.Stdout, rehearse.Stderr = &said, &said
	if err := rehearse.Start(); err != nil {
		t.Fatal(err)
	}
	type listed struct {
		ID     string          `json:"id"`
		Status *waiting.Status `json:"status"`
	}
	rooms := func() (list []listed) {
		t.Helper()
		out, err := h.run(t.Context(), "room", "list", "--json")
		if err == nil {
			err = json.Unmarshal([]byte(out), &list)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return slices.DeleteFunc(list, func(r listed) bool { return !strings.HasPrefix(r.ID, trial.RoomPrefix) })
	}
	var room string
	visitor := newVisitor(t, h)
	for end := time.Now().Add(patience); ; time.Sleep(500 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no visitor waits in a rehearsal:\n%s", said.String())
		}
		if list := rooms(); len(list) == 1 {
			room = list[0].ID
			var one listed
			if out, err := h.run(t.Context(), "room", "show", room, "--json"); err == nil && json.Unmarshal([]byte(out), &one) == nil && one.Status != nil && one.Status.Waiting > 0 {
				break
			}
		}
	}
	if err := rehearse.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = rehearse.Wait() // what it found may be a problem or none: it had only begun
	if !strings.Contains(said.String(), "30 visitors in") {
		t.Errorf("it does not say what it found until then:\n%s", said.String())
	}
	if list := rooms(); len(list) > 0 {
		t.Errorf("it leaves %+v behind:\n%s", list, said.String())
	}
	// The page that never was is not guarded any more, as soon as the edge knows.
	for end := time.Now().Add(patience); ; time.Sleep(500 * time.Millisecond) {
		status, body := visitor.ask(http.MethodGet, "/"+room, "")
		if status == http.StatusNotFound {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("its page is still guarded: %d %s", status, body)
		}
	}
}

// visitor is somebody's browser, without a browser.
type visitor struct {
	t           *testing.T
	h           *openHouse
	client      *http.Client
	performance string
	seats       []string
}

func newVisitor(t *testing.T, h *openHouse) *visitor {
	return &visitor{t: t, h: h, client: newClient(h)}
}

// another is another browser before the same performance.
func (v *visitor) another() *visitor {
	o := newVisitor(v.t, v.h)
	o.performance, o.seats = v.performance, v.seats
	return o
}

func (v *visitor) ask(method, path, body string) (int, string) {
	v.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = v.h.at(queueing, path)
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// hold tries to keep a seat, another one each time.
func (v *visitor) hold() (int, string) {
	v.t.Helper()
	if len(v.seats) < 2 {
		v.t.Fatal("the house has no further seats")
	}
	seat := v.seats[len(v.seats)-1]
	v.seats = v.seats[:len(v.seats)-1]
	return v.ask(http.MethodPost, "/api/v1/holds", `{"performance_id":"`+v.performance+`","seats":["`+seat+`"]}`)
}

// until tries until it ends in a status: what staff change is known everywhere within seconds.
func (v *visitor) until(want int) {
	v.t.Helper()
	var status int
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		if status, _ = v.hold(); status == want {
			return
		}
	}
	v.t.Fatalf("a hold ends in %d, never in %d", status, want)
}

// letIn waits before the room until it lets them in, and returns the pass.
func (v *visitor) letIn(address string) string {
	v.t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		v.t.Fatal(err)
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		v.ask(http.MethodGet, address, "")
		for _, c := range v.client.Jar.Cookies(at) {
			if c.Name == "stagedoor_pass_e2e" {
				return c.Value
			}
		}
	}
	v.t.Fatal("the room lets nobody in")
	return ""
}

func (v *visitor) keep(name, value string) {
	at, err := url.Parse(v.h.at(queueing, "/"))
	if err != nil {
		v.t.Fatal(err)
	}
	v.client.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// firstEvent is the first event of a stream.
func (c *colleague) firstEvent(path string) string {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.h.at("console", path), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	res, err := c.client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	var event strings.Builder
	for lines.Scan() && (lines.Text() != "" || !strings.Contains(event.String(), "event:")) {
		event.WriteString(lines.Text() + "\n")
	}
	return event.String()
}
