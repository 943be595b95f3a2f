package local_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/stagedoor/stagedoor/edge/hop"
	"github.com/stagedoor/stagedoor/edge/site"
)

// dial opens a WebSocket to the site through the edge.
func (b *brand) dial(ctx context.Context, target string, options websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	b.t.Helper()
	options.HTTPClient = &http.Client{Transport: b.client.Transport}
	address := strings.Replace(b.request("GET", target, nil).URL.String(), "http://", "ws://", 1)
	return websocket.Dial(ctx, address, &options)
}

// A WebSocket goes through the chain as any request does, and then both ways
// untouched: text and binary, in order, whoever speaks first, until either side
// says why it ends.
func TestWebSocketPassesThrough(t *testing.T) {
	b := open(t, nil)
	upgrade := make(chan http.Header, 1)
	ended := make(chan websocket.StatusCode, 1)
	b.handle("GET /live", func(w http.ResponseWriter, r *http.Request) {
		upgrade <- r.Header.Clone()
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"seats.v1"}, InsecureSkipVerify: true})
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		if err := conn.Write(r.Context(), websocket.MessageText, []byte("the house is open")); err != nil {
			t.Error(err)
		}
		for {
			kind, message, err := conn.Read(r.Context())
			if err != nil {
				ended <- websocket.CloseStatus(err)
				return
			}
			if string(message) == "bye?" {
				_ = conn.Close(4001, "the curtain falls")
				return
			}
			if err := conn.Write(r.Context(), kind, message); err != nil {
				t.Error(err)
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	dial := func() *websocket.Conn {
		t.Helper()
		conn, response, err := b.dial(ctx, "/live?from=7", websocket.DialOptions{
			Subprotocols: []string{"seats.v1"},
			HTTPHeader:   http.Header{"Cookie": {"sd_session=abc"}, "X-Stagedoor-Staff": {"forged"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusSwitchingProtocols || conn.Subprotocol() != "seats.v1" || response.Header.Get(hop.HeaderRequestID) == "" {
			t.Errorf("%d, protocol %q, %v", response.StatusCode, conn.Subprotocol(), response.Header)
		}
		return conn
	}
	expect := func(conn *websocket.Conn, kind websocket.MessageType, want string) {
		t.Helper()
		got, message, err := conn.Read(ctx)
		if err != nil || got != kind || string(message) != want {
			t.Fatalf("%v %.40q, %v; want %v %.40q", got, message, err, kind, want)
		}
	}

	conn := dial()
	if h := <-upgrade; h.Get("Cookie") != "sd_session=abc" || h.Get("X-Stagedoor-Staff") != "" || h.Get(hop.HeaderSite) != b.site.ID {
		t.Errorf("the origin got %v", h)
	}
	expect(conn, websocket.MessageText, "the house is open")
	large := strings.Repeat("0123456789abcdef", 1<<10) // 16 KiB
	for _, message := range []struct {
		kind websocket.MessageType
		text string
	}{{websocket.MessageText, "é ✓"}, {websocket.MessageBinary, "\x00\xff\xfe"}, {websocket.MessageText, large}, {websocket.MessageText, ""}} {
		if err := conn.Write(ctx, message.kind, []byte(message.text)); err != nil {
			t.Fatal(err)
		}
		expect(conn, message.kind, message.text)
	}
	// The visitor ends it: the origin hears why.
	if err := conn.Close(4002, "off to the bar"); err != nil {
		t.Error(err)
	}
	if code := <-ended; code != 4002 {
		t.Errorf("the origin heard %d", code)
	}

	// The origin ends it: the visitor hears why.
	conn = dial()
	expect(conn, websocket.MessageText, "the house is open")
	if err := conn.Write(ctx, websocket.MessageText, []byte("bye?")); err != nil {
		t.Fatal(err)
	}
	_, _, err := conn.Read(ctx)
	var closed websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != 4001 || closed.Reason != "the curtain falls" {
		t.Errorf("the visitor heard %v", err)
	}
}

// A visitor who is gone without a word is gone for the origin too.
func TestWebSocketVisitorDisappears(t *testing.T) {
	b := open(t, nil)
	ended := make(chan error, 1)
	b.handle("GET /live", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		_, _, err = conn.Read(context.Background())
		ended <- err
	})
	conn, _, err := b.dial(t.Context(), "/live", websocket.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.CloseNow()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the origin read a message")
		}
	case <-time.After(patience):
		t.Error("the origin was not told")
	}
}

// What the chain answers, a WebSocket gets as any other request: it does not
// get around maintenance, nor does a refusal of the origin look like success.
func TestWebSocketIsRefused(t *testing.T) {
	closed := open(t, func(s *site.Site) { s.Maintenance = []site.Window{{ID: "now"}} })
	closed.handle("GET /live", func(http.ResponseWriter, *http.Request) { t.Error("reached the origin during maintenance") })
	refused := open(t, nil)
	refused.handle("GET /live", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) })
	dead := open(t, func(s *site.Site) { s.Origin.Pools[0].BaseURL = freeAddress(t) })
	for _, test := range []struct {
		b    *brand
		want int
	}{{closed, 503}, {refused, 403}, {dead, 503}} {
		conn, response, err := test.b.dial(t.Context(), "/live", websocket.DialOptions{})
		if err == nil {
			conn.CloseNow()
			t.Error("it opened")
		}
		if response == nil || response.StatusCode != test.want {
			t.Errorf("%v, %v, want %d", response, err, test.want)
		}
	}
}
