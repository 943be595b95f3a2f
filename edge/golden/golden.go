// Package golden holds the edge's corpus of cases: a request, a site, a moment
// and what is known go in; a plan and the trace that led to it come out. The
// cases are in edge/testdata/golden, input and expected output side by side,
// and are run natively and through the real Wasm build, which must agree to
// the byte. Run the tests with -update to write what comes out into the files.
package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stagedoor/stagedoor/edge/chain"
	"github.com/stagedoor/stagedoor/edge/checkout"
	"github.com/stagedoor/stagedoor/edge/engine"
	"github.com/stagedoor/stagedoor/edge/staffpass"
	"github.com/stagedoor/stagedoor/edge/wire"
	roomwire "github.com/stagedoor/stagedoor/waitingroom/wire"
)

// HopKey is the key every case is signed with.
const HopKey = "a key for golden cases, no secret"

// RoomKeys is the ring that waiting rooms sign with, and Room the one whose
// tokens the cases have.
const (
	RoomKeys = "7:another key for golden cases and no secret either"
	Room     = "earnest"
)

// Case is one of the corpus.
type Case struct {
	Name string `json:"name"`
	// Site names a file in testdata/sites; Patch is a JSON merge patch
	// (RFC 7396) on it.
	Site  string          `json:"site"`
	Patch json.RawMessage `json:"patch,omitempty"`
	State State           `json:"state,omitzero"`

	Request Request   `json:"request"`
	Now     time.Time `json:"now"`
	// Seed fills the case's random bytes; 0 is as good as any.
	Seed byte `json:"seed,omitempty"`
	// Full includes the headers that every answer has, which are left out of
	// Want otherwise.
	Full bool `json:"full,omitempty"`

	Want wire.Plan `json:"want"`
}

// State is what the edge knows besides the request.
type State struct {
	Hostname    string `json:"hostname,omitempty"`     // stored under this one; "": the site's
	Knows       string `json:"knows,omitempty"`        // "": the site; "nothing", "absent", "unavailable"
	AgeMS       int64  `json:"age_ms,omitempty"`       // since that was learned
	FailedPools string `json:"failed_pools,omitempty"` // this request was sent there in vain
	DownPools   string `json:"down_pools,omitempty"`   // other requests could not reach these
	Cut         bool   `json:"cut,omitempty"`          // the request did not fit
	Again       bool   `json:"again,omitempty"`        // it was decided before, and could not be carried out
	// AskedBefore is when the same request came before: so many milliseconds
	// before Now, in order.
	AskedBefore []int64 `json:"asked_before,omitempty"`
	// Exceeded says that the counter which the last of those was to be added
	// to, shared by all isolates, is over its limit.
	Exceeded bool `json:"exceeded,omitempty"`
	// Rooms is what waiting rooms have published, just now; null is nothing.
	Rooms map[string]json.RawMessage `json:"rooms,omitempty"`
	// Slots is how many visitors each of them lets in at once.
	Slots uint32 `json:"slots,omitempty"`
	// NoRoomKeys leaves the edge without a ring for them.
	NoRoomKeys bool `json:"no_room_keys,omitempty"`
}

// Request is what arrives. In a header value $PASS is a checkout pass for the
// site that is good for ten minutes, $OLD_PASS one that has just expired, and
// $FOREIGN_PASS one for another site. $STAFF is a staff pass for the site,
// $STAFF_EVERY one for every site, $STAFF_EXPIRED one that has just expired,
// $STAFF_FORGED one signed with another key, $STAFF_FOREIGN one for another
// site and $STAFF_LONG one that is good for a day. $ROOM_PASS is a pass of the
// waiting room named Room that was issued five minutes ago, $ROOM_NEW_PASS ten
// seconds ago, $ROOM_OLD_PASS one that has just expired, $ROOM_FOREIGN_PASS one
// of another room under this one's name, and $ROOM_PLACE a place of ten minutes
// ago, $ROOM_SECOND_PLACE the same one on a second device. $ROOM_AHEAD_PLACE is
// of half a minute from now and $ROOM_FUTURE_PLACE of two. $ROOM_FORGED_PLACE is
// signed with another key of the same number, $ROOM_UNKNOWN_PLACE with one that
// is not in the ring, $ROOM_CUT_PLACE lacks its end; $ROOM_SWAPPED_PASS is a place
// under a pass's name, and $ROOM_SWAPPED_PLACE the other way round. $ROOM_MOVE is
// the token to take the place to another device, $ROOM_MOVE_OLD too late. All of
// these may stand in the URL. LONG(n) in the URL or a value is n times "a".
type Request struct {
	Method  string      `json:"method,omitempty"` // "": GET
	URL     string      `json:"url"`
	IP      string      `json:"ip,omitempty"` // "": 203.0.113.7
	Headers [][2]string `json:"headers,omitempty"`
	// Network is where it comes from; nothing is known unless it says so.
	Network Network `json:"network,omitzero"`
}

// Network is chain.Network as the cases write it.
type Network struct {
	Country     string `json:"country,omitempty"`
	ASN         int    `json:"asn,omitempty"`
	BotScore    int    `json:"bot_score,omitempty"`
	VerifiedBot bool   `json:"verified_bot,omitempty"`
	Region      string `json:"region,omitempty"`
}

// File is one file of the corpus.
type File struct {
	Path  string
	Cases []Case
}

// Load reads the corpus below testdata, in the order of file names.
func Load(testdata string) ([]File, error) {
	paths, err := filepath.Glob(filepath.Join(testdata, "golden", "*.json"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("golden: no cases below %s", testdata)
	}
	files := make([]File, len(paths))
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files[i].Path = path
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&files[i].Cases); err != nil {
			return nil, fmt.Errorf("golden: %s: %w", path, err)
		}
	}
	return files, nil
}

// Save writes a file back in the form Load reads.
func (f *File) Save() error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(f.Cases); err != nil {
		return err
	}
	return os.WriteFile(f.Path, out.Bytes(), 0o644)
}

// Input is a case made ready for an engine.
type Input struct {
	Hostname string `json:"hostname"`
	Knows    string `json:"knows"`
	Document []byte `json:"document"`
	LoadedAt int64  `json:"loaded_at"` // Unix milliseconds
	Request  []byte `json:"request"`   // in wire form
	Cut      bool   `json:"cut"`
	Now      int64  `json:"now"` // Unix milliseconds
	Random   []byte `json:"random"`

	AskedBefore []int64 `json:"asked_before"` // milliseconds
	Exceeded    bool    `json:"exceeded"`
	Again       bool    `json:"again"`

	Rooms      map[string]json.RawMessage `json:"rooms"`
	Answers    map[string][]byte          `json:"answers"` // of gates
	NoRoomKeys bool                       `json:"no_room_keys"`
}

// Keys are what the engine is made with.
func (in Input) Keys() string {
	if in.NoRoomKeys {
		return HopKey
	}
	return HopKey + "\n" + RoomKeys
}

// Prepare makes c ready. testdata is where the sites are.
func (c *Case) Prepare(testdata string) (Input, error) {
	document, err := os.ReadFile(filepath.Join(testdata, "sites", c.Site+".json"))
	if err != nil {
		return Input{}, err
	}
	if len(c.Patch) > 0 {
		if document, err = mergePatch(document, c.Patch); err != nil {
			return Input{}, fmt.Errorf("golden: patch: %w", err)
		}
	}
	var named struct{ ID, Hostname string }
	if err := json.Unmarshal(document, &named); err != nil {
		return Input{}, err
	}
	in := Input{
		Hostname: c.State.Hostname, Knows: c.State.Knows, Document: document,
		LoadedAt: c.Now.UnixMilli() - c.State.AgeMS, Cut: c.State.Cut, Now: c.Now.UnixMilli(),
		AskedBefore: c.State.AskedBefore, Exceeded: c.State.Exceeded, Again: c.State.Again,
		Rooms: c.State.Rooms, NoRoomKeys: c.State.NoRoomKeys,
	}
	if in.Hostname == "" {
		in.Hostname = named.Hostname
	}
	for i := range chain.RandomBytes {
		in.Random = append(in.Random, byte(i*37)+c.Seed)
	}
	if c.State.Slots > 0 {
		in.Answers = map[string][]byte{}
		for id, published := range c.State.Rooms {
			answer := roomwire.Answer{Lease: roomwire.Lease{ID: 1, Slots: c.State.Slots, Good: 6}, State: published}
			in.Answers[id] = answer.Append(nil)
		}
	}
	if in.Request, err = c.wireRequest(named.ID); err != nil {
		return Input{}, err
	}
	return in, nil
}

func (c *Case) wireRequest(siteID string) ([]byte, error) {
	r := chain.Request{Method: c.Request.Method, RemoteIP: c.Request.IP, Network: chain.Network(c.Request.Network), DownPools: c.State.DownPools, FailedPools: c.State.FailedPools}
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.RemoteIP == "" {
		r.RemoteIP = "203.0.113.7"
	}
	var replacements []string
	for _, pass := range []struct {
		name, site string
		life       time.Duration
	}{{"$PASS", siteID, 10 * time.Minute}, {"$OLD_PASS", siteID, 0}, {"$FOREIGN_PASS", "elsewhere", 10 * time.Minute}} {
		cookie, err := checkout.Cookie([]byte(HopKey), pass.site, c.Now.Add(pass.life), true)
		if err != nil {
			return nil, err
		}
		replacements = append(replacements, pass.name, cookie.Name+"="+cookie.Value)
	}
	for _, pass := range []struct {
		name, key, site string
		life            time.Duration
	}{
		{"$STAFF_EVERY", HopKey, staffpass.Every, time.Hour}, {"$STAFF_EXPIRED", HopKey, siteID, 0},
		{"$STAFF_FORGED", "the key of somebody else", siteID, time.Hour}, {"$STAFF_FOREIGN", HopKey, "elsewhere", time.Hour},
		{"$STAFF_LONG", HopKey, siteID, 24 * time.Hour}, {"$STAFF", HopKey, siteID, time.Hour},
	} {
		cookie, err := staffpass.Cookie([]byte(pass.key), staffpass.Pass{Name: "Front of house", Sites: []string{pass.site}, Expires: c.Now.Add(pass.life)}, true)
		if err != nil {
			return nil, err
		}
		replacements = append(replacements, pass.name, cookie.Name+"="+cookie.Value)
	}
	tokens, err := roomTokens(c.Now)
	if err != nil {
		return nil, err
	}
	replacer := strings.NewReplacer(append(replacements, tokens...)...)
	for _, h := range c.Request.Headers {
		r.Fields = append(r.Fields, chain.Field{Name: h[0], Value: long(replacer.Replace(h[1]))})
	}
	return wire.AppendRequest(nil, &r, long(replacer.Replace(c.Request.URL))), nil
}

var longs = regexp.MustCompile(`LONG\((\d+)\)`)

// long replaces each LONG(n).
func long(text string) string {
	return longs.ReplaceAllStringFunc(text, func(match string) string {
		n, err := strconv.Atoi(match[len("LONG(") : len(match)-1])
		if err != nil {
			return match
		}
		return strings.Repeat("a", n)
	})
}

// Decide runs a prepared case on a native engine and returns the plan in wire
// form, body included.
func Decide(in Input) ([]byte, error) {
	e, err := engine.New([]byte(in.Keys()))
	if err != nil {
		return nil, err
	}
	switch in.Knows {
	case "":
		if _, err := e.Load(in.Hostname, in.Document, in.LoadedAt); err != nil {
			return nil, err
		}
	case "absent":
		e.Absent(in.Hostname, in.LoadedAt)
	case "unavailable":
		e.Keep(in.Hostname, in.LoadedAt)
	}
	for id, published := range in.Rooms {
		if string(published) == "null" {
			e.AbsentRoom(id, in.Now)
		} else if err := e.LoadRoom(id, published, in.Now); err != nil {
			return nil, err
		}
	}
	for id, answer := range in.Answers {
		if err := e.AnswerRoom(id, answer, in.Now); err != nil {
			return nil, err
		}
	}
	input := engine.Input{Request: in.Request, Cut: in.Cut, Trace: true}
	copy(input.Random[:], in.Random)
	for i, ago := range in.AskedBefore {
		input.Now = in.Now - ago
		plan, _ := e.Decide(nil, &input)
		if i+1 == len(in.AskedBefore) && in.Exceeded {
			parsed, err := wire.ParsePlan(plan)
			if err != nil {
				return nil, err
			}
			e.Exceeded(parsed.Count, input.Now)
		}
	}
	input.Now, input.Again = in.Now, in.Again
	plan, _ := e.Decide(nil, &input)
	return plan, nil
}
