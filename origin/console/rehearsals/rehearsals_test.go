package rehearsals_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stagedoor/stagedoor/origin/edgeconfig"
	"github.com/stagedoor/stagedoor/origin/waiting/trial"
	"github.com/stagedoor/stagedoor/waitingroom/rehearse"
	"github.com/stagedoor/stagedoor/waitingroom/sim"
)

const at = "/sites/lyceum/rehearsals"

func contains(t *testing.T, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%d, it does not say %q:\n%s", a.status, text, a.body)
			return
		}
	}
}

// simulation is the form of one as somebody fills it in.
func simulation(change ...string) url.Values {
	form := url.Values{"scenario": {"studio"}, "title": {"As it is"}, "active": {"25"}, "until": {"7.5"}, "vanish": {"12.5"}, "seed": {"9"}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func rehearsal(change ...string) url.Values {
	form := url.Values{"title": {"Forty"}, "visitors": {"1,000"}, "within": {"5"}, "pass": {"30"}, "active": {"300"}, "per_minute": {"0"}, "poll": {"5"}, "for": {"4"}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func TestASimulationIsStartedWatchedAndRead(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	contains(t, s.get("ops", at), "Nothing tried yet", `aria-current="page"`)
	contains(t, s.get("ops", at+"/new/simulation?scenario=burst"), `value="100000"`, "on-sale", `aria-current="true">burst`)
	if a := s.get("ops", at+"/new/simulation"); strings.Contains(a.body, "ten-million") {
		t.Error("a scenario is offered that is too large here")
	}
	id := s.begin(at+"/new/simulation", simulation())
	one, _ := s.Trial(t.Context(), id)
	sc := one.Scenario
	if one.Site != "lyceum" || one.Actor != "ops@example.com" || sc.Name != "studio" || sc.ActiveLimit != 25 || sc.Arrivals[0].Until != 450 || sc.Vanish != 0.125 || sc.Seed != 9 {
		t.Errorf("%+v %+v", one, sc)
	}
	page := at + "/" + id.String()
	contains(t, s.get("ops", page), "Under way", "42 %", "1:30 of at most 10:00 of virtual time", "at most 0:31 left", "End it now", `data-stream="`+page+`/live"`, "follow=yes")
	if a := s.get("ops", page+"?follow=yes"); a.header.Get("Refresh") != "3" {
		t.Errorf("without scripts it does not come anew: %q", a.header)
	}
	if a := s.get("ops", page+"/report.html"); a.status != http.StatusNotFound {
		t.Errorf("a report before there is one: %d", a.status)
	}
	next := s.follow(page + "/live")
	if now := next(); !strings.HasPrefix(now, "event: now") || !strings.Contains(now, "77") {
		t.Fatalf("%q", now)
	}
	s.finish(id, func(one *trial.Trial) { one.Simulated = found(25) })
	for event := next(); !strings.HasPrefix(event, "event: over"); event = next() {
		if event == "" {
			t.Fatal("the stream ends without a word")
		}
	}
	contains(t, s.get("ops", page), "Aims missed", "What it found", "188", `class="line s1"`, "limit 25", "As it is")
	contains(t, s.get("ops", at), "188 came in, median wait 16:02", "Aims missed")
	html := s.get("ops", page+"/report.html")
	contains(t, html, "<!doctype html>", "As it is", `class="line s1"`)
	if !strings.HasPrefix(html.header.Get("Content-Disposition"), `attachment; filename="simulation-20261121-150000.html"`) {
		t.Errorf("%q", html.header)
	}
	var back sim.Result
	if a := s.get("ops", page+"/result.json"); json.Unmarshal([]byte(a.body), &back) != nil || back.Admitted != 188 || len(back.Series) != 3 {
		t.Errorf("%+v", back)
	}
	if a := s.do("ops", http.MethodPost, page+"/delete", nil); a.location != at || s.message("ops") != "“As it is” is deleted." {
		t.Errorf("%+v", a)
	}
	if a := s.get("ops", page); a.status != http.StatusNotFound {
		t.Errorf("a deleted one: %d", a.status)
	}
}

// found is what a simulation came to.
func found(limit int) *sim.Result {
	return &sim.Result{
		Scenario: "studio", Seed: 9, ActiveLimit: limit, Visitors: 200, Admitted: 188, GaveUp: 12, WaitP50: 962, UtilisationPct: 92, Estimates: 9, EstimateErrorP50Pct: 14,
		Series: []sim.Point{{Waiting: 9}, {Second: 60, Waiting: 100, Active: limit, Admitted: 50}, {Second: 600, Admitted: 188}},
	}
}

func TestARehearsalIsStarted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	contains(t, s.get("ops", at+"/new/rehearsal"), "Hamlet", "At most 5,000 visitors and 15 minutes")
	contains(t, s.get("ops", at+"/new/rehearsal?room=hamlet"), "Like Hamlet", `value="444"`, `value="1332"`, `value="7"`)
	id := s.begin(at+"/new/rehearsal", rehearsal("like", "hamlet", "on", "shubert"))
	one, _ := s.Trial(t.Context(), id)
	if p := one.Plan; p.Site != "lyceum" || p.Visitors != 1000 || p.For != 240 || p.Like != "hamlet" || p.Active != 300 {
		t.Errorf("%+v", p)
	}
	s.finish(id, func(one *trial.Trial) {
		one.Rehearsed = &trial.Rehearsed{Outcome: rehearse.Outcome{Visitors: 1000, Limit: 300, Admitted: 990, MostInside: 301, Waiting: 10}, Series: found(300).Series}
	})
	contains(t, s.get("ops", at+"/"+id.String()), "Found problems", "10 still waited when the time was over", "301 were inside at once, although 300 may", "limit 300")
	// Real people, and whatever else the runner refuses, are said in the form; what was typed is still there.
	s.mu.Lock()
	s.refuse = edgeconfig.Refused{Reason: "Real people are in the waiting room “Hamlet”: 3 inside and 0 waiting."}
	s.mu.Unlock()
	a := s.do("ops", http.MethodPost, at+"/new/rehearsal", rehearsal())
	if a.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.status)
	}
	contains(t, a, "Real people are in the waiting room", `value="1,000"`, `value="Forty"`)
	// Elsewhere than on this machine somebody has to mean it.
	s.mu.Lock()
	s.refuse, s.url = nil, "https://lyceum.example"
	s.mu.Unlock()
	contains(t, s.do("ops", http.MethodPost, at+"/new/rehearsal", rehearsal()), "Please say that you mean it", "real requests to lyceum.example")
	s.begin(at+"/new/rehearsal", rehearsal("agreed", "yes"))
}

func TestWhatIsTypedWrongIsMarked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, tc := range []struct {
		path string
		form url.Values
		says string
	}{
		{"simulation", simulation("active", "many"), `id="active-fault">Please give a number.`},
		{"simulation", simulation("active", "2.5"), `id="active-fault">Please give a whole number.`},
		{"simulation", simulation("active", "0"), `id="active-fault">It must be at least 1.`},
		{"simulation", simulation("seed", "-1"), `id="seed-fault"`},
		{"simulation", simulation("title", ""), "Please give it a name"},
		{"simulation", simulation("vanish", "100"), "Shares must be at least 0"},
		{"simulation", simulation("until", "NaN"), `id="until-fault"`},
		{"rehearsal", rehearsal("visitors", "1e9"), `id="visitors-fault"`},
		{"rehearsal", rehearsal("title", strings.Repeat("x", 101)), "at most 100 letters"},
	} {
		a := s.do("ops", http.MethodPost, at+"/new/"+tc.path, tc.form)
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", tc.form, a.status)
		}
		contains(t, a, tc.says)
	}
	if len(s.list) != 0 {
		t.Errorf("%d were started", len(s.list))
	}
}

func TestTwoRunsSideBySide(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	older, newer := s.begin(at+"/new/simulation", simulation()), s.begin(at+"/new/simulation", simulation("active", "50", "title", "More seats"))
	other := s.begin(at+"/new/rehearsal", rehearsal())
	s.finish(older, func(one *trial.Trial) { one.Simulated = found(25) })
	query := func(ids ...uuid.UUID) string {
		q := url.Values{}
		for _, id := range ids {
			q.Add("run", id.String())
		}
		return at + "/compare?" + q.Encode()
	}
	contains(t, s.get("ops", query(older, newer)), "One of them has no result")
	s.finish(newer, func(one *trial.Trial) {
		one.Simulated = found(50)
		one.Simulated.GaveUp, one.Simulated.EstimateErrorP50Pct = 2, 20
	})
	s.finish(other, func(one *trial.Trial) { one.Rehearsed = &trial.Rehearsed{} })
	// In whichever order they were ticked, the newer is held against the older.
	a := s.get("ops", query(newer, older))
	contains(t, a, "One figure is better, and one figure is worse.", "a limit of 25 and 50", "−10", "+6.00 %", "Better", "Worse", "limit 25", "limit 50", `class="line s2"`)
	if first, second := strings.Index(a.body, ">As it is<"), strings.Index(a.body, ">More seats<"); first < 0 || second < first {
		t.Errorf("in the wrong order: %d %d", first, second)
	}
	contains(t, s.get("ops", strings.Replace(query(older, newer), "compare", "compare/report.html", 1)), "As it is and More seats", "no other is better")
	contains(t, s.get("ops", query(older, other)), "they measure different things")
	contains(t, s.get("ops", query(older)), "Choose two runs")
	contains(t, s.get("ops", query(older, older)), "Choose two runs")
	if a := s.get("ops", query(older, uuid.New())); a.status != http.StatusNotFound {
		t.Errorf("one that does not exist: %d", a.status)
	}
}

func TestWhoMayRehearse(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.begin(at+"/new/simulation", simulation()).String()
	for _, tc := range []struct {
		who, method, path string
		want              int
	}{
		{"ops", "GET", at, 200}, {"admin", "GET", at, 200}, {"house-ops", "GET", at + "/" + id, 200},
		{"venue", "GET", at, 403}, {"marketer", "GET", at + "/" + id, 403}, {"venue", "POST", at + "/new/rehearsal", 403}, {"marketer", "POST", at + "/" + id + "/cancel", 403},
		{"house-ops", "GET", "/sites/shubert/rehearsals", 403}, {"ops", "GET", "/sites/shubert/rehearsals/" + id, 404}, {"ops", "GET", "/sites/all/rehearsals/" + id, 200},
		{"house-ops", "POST", "/sites/all/rehearsals/new/rehearsal", 403}, {"stranger", "GET", at, 303}, {"ops", "GET", at + "/x", 404}, {"ops", "GET", at + "/" + id + "/live", 303},
	} {
		if a := s.do(tc.who, tc.method, tc.path, rehearsal()); a.status != tc.want {
			t.Errorf("%s %s %s: %d, want %d", tc.who, tc.method, tc.path, a.status, tc.want)
		}
	}
	if a := s.do("house-ops", http.MethodPost, at+"/"+id+"/cancel", nil); a.location != at+"/"+id || !strings.Contains(s.message("house-ops"), "being ended") {
		t.Errorf("%+v", a)
	}
	contains(t, s.get("ops", at+"/"+id), "Ended early", "There is no result")
	// For all sites at once one of them is named.
	if a := s.do("ops", http.MethodPost, "/sites/all/rehearsals/new/rehearsal", rehearsal("on", "all")); a.status != http.StatusForbidden {
		t.Errorf("a rehearsal on all sites: %d", a.status)
	}
	if a := s.do("ops", http.MethodPost, "/sites/all/rehearsals/new/rehearsal", rehearsal("on", "shubert")); a.status != http.StatusSeeOther {
		t.Errorf("a rehearsal on one of all sites: %d %s", a.status, a.body)
	}
}
