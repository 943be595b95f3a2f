package scan_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	mathrand "math/rand/v2"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/ticket"
	"github.com/stagedoor/stagedoor/origin/ticket/scan"
)

// deviceCase is a question as a device has it.
type deviceCase struct {
	List      scan.List   `json:"list"`
	Listed    time.Time   `json:"listed"`
	Facts     []scan.Fact `json:"facts"`
	Code      string      `json:"code"`
	Direction scan.Result `json:"direction"`
	Now       time.Time   `json:"now"`
}

type deviceAnswer struct {
	Result scan.Result `json:"result"`
	Reason scan.Reason `json:"reason"`
	Was    string      `json:"was"`
	Twice  []string    `json:"twice"`
}

// The scanner's own rules, in JavaScript, decide as the house does: the same five hundred cases are put
// to both.
func TestScannersDecideAsTheHouseDoes(t *testing.T) {
	t.Parallel()
	ring, err := ticket.OpenKeyring(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ticket.OpenKeyring(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dice := mathrand.New(mathrand.NewPCG(11, 21)) // the same cases each time, but for keys and IDs
	var cases []deviceCase
	var want []deviceAnswer
	results := map[scan.Reason]int{}
	for range 500 {
		one, question := invent(t, dice, ring, other)
		verdict := scan.Decide(question)
		answer := deviceAnswer{Result: verdict.Result, Reason: verdict.Reason, Twice: []string{}}
		if verdict.Was.Scan != uuid.Nil {
			answer.Was = verdict.Was.Scan.String()
		}
		if alive := question.ReadErr == nil && question.Read.PerformanceID == question.Performance && !question.CalledOff &&
			(question.Listed && question.Ticket.Alive || !question.Listed && verdict.Reason != scan.NewerList); alive {
			for _, f := range scan.Stand(question.Facts).Twice {
				answer.Twice = append(answer.Twice, f.Scan.String())
			}
		}
		cases, want = append(cases, one), append(want, answer)
		results[verdict.Reason]++
	}
	for _, reason := range append(scan.Reasons(), "") {
		if results[reason] == 0 {
			t.Errorf("no case ends with %q: %v", reason, results)
		}
	}
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "node", "rules_test.mjs")
	var said bytes.Buffer
	run.Stdin, run.Stderr = bytes.NewReader(input), &said
	output, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	var got []deviceAnswer
	if err := json.Unmarshal(output, &got); err != nil || len(got) != len(want) {
		t.Fatalf("%d answers, %v", len(got), err)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			text, _ := json.Marshal(cases[i])
			t.Fatalf("case %d: the scanner says %+v, the house %+v\n%s", i, got[i], want[i], text)
		}
	}
}

// invent makes up a ticket, what was done with it, what is shown and when.
func invent(t *testing.T, dice *mathrand.Rand, ring, other *ticket.Keyring) (deviceCase, scan.Question) {
	t.Helper()
	often := func(n int) bool { return dice.IntN(n) > 0 }
	begins := time.Date(2026, 12, 1, 19, 30, 0, 0, time.UTC)
	now := begins.Add(-time.Duration(dice.IntN(100)) * time.Minute)
	listed := now.Add(-time.Duration(dice.IntN(120)) * time.Minute)
	id, performance := uuid.New(), uuid.New()
	issued := listed.Add(time.Duration(dice.IntN(300)-270) * time.Minute).Truncate(time.Second)
	q := scan.Question{
		Performance: performance, StartsAt: begins, CalledOff: !often(25), Now: now, Direction: scan.In, Listing: listed,
		Policy: scan.Policy{OpensBefore: 90 * time.Minute, ScreensOnly: dice.IntN(2) == 0, Readmission: dice.IntN(2) == 0},
	}
	if !often(4) {
		q.Direction = scan.Out
	}
	code, key, err := ring.SignTicket(id, performance, "stalls-A-1", issued)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := ring.Secret(key, id)
	if err != nil {
		t.Fatal(err)
	}
	q.Ticket = scan.Known{ID: id, Alive: often(8), Secret: secret}
	q.Ticket.Reissued = !q.Ticket.Alive && dice.IntN(2) == 0
	q.Listed = often(10)
	list := scan.List{
		Performance: performance, StartsAt: begins, OpensAt: q.Policy.Opens(begins), CalledOff: q.CalledOff, ScreensOnly: q.Policy.ScreensOnly,
		Readmission: q.Policy.Readmission, Tickets: []scan.Listed{}, Moves: []scan.Fact{},
	}
	for _, k := range ring.Public() {
		list.Keys = append(list.Keys, scan.ListedKey{ID: k.ID, Key: base64.RawURLEncoding.EncodeToString(k.Key)})
	}
	if q.Listed {
		line := scan.Listed{ID: id, Alive: q.Ticket.Alive, Short: ticket.Short(secret), Secret: base64.RawURLEncoding.EncodeToString(secret)}
		if !line.Alive {
			line.Dead = scan.Cancelled
			if q.Ticket.Reissued {
				line.Dead = scan.Reissued
			}
		}
		list.Tickets = append(list.Tickets, line)
	} else {
		q.Ticket = scan.Known{}
	}
	switch dice.IntN(16) {
	case 0:
		code = code[:len(code)-8] + "AAAAAAAA"
	case 1:
		code, _, _ = other.SignTicket(id, performance, "stalls-A-1", issued)
	case 2:
		code, _, _ = ring.SignTicket(id, uuid.New(), "stalls-A-1", issued)
	case 3:
		code = []string{"", "SD1...", "https://example.org", "CCCCCCCC", code[:40], code + ".12345", strings.Replace(code, "SD1", "SD2", 1)}[dice.IntN(7)]
	}
	if strings.Count(code, ".") == 3 && often(3) {
		code += "." + ticket.Rotating(secret, now.Add(time.Duration(dice.IntN(5)-2)*ticket.Step))
	}
	q.Read, q.ReadErr = ring.Read(code)
	for n := range dice.IntN(5) {
		q.Facts = append(q.Facts, scan.Fact{
			Scan: uuid.New(), Ticket: id, Performance: performance, Result: []scan.Result{scan.In, scan.In, scan.Out, scan.Refused}[dice.IntN(4)],
			At: begins.Add(-time.Hour + time.Duration(dice.IntN(5)*n)*time.Second), ReceivedAt: begins.Add(-time.Hour + time.Duration(dice.IntN(20))*time.Second),
			Offline: dice.IntN(2) == 0, Device: "d", Door: "Front",
		})
	}
	facts := append([]scan.Fact{}, q.Facts...)
	dice.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
	return deviceCase{List: list, Listed: listed, Facts: facts, Code: code, Direction: q.Direction, Now: now}, q
}
