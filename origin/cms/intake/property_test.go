package intake

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"pgregory.net/rapid"
)

// TestWhateverIsLostLateOrDouble has entries of both systems live any life, their webhooks lost, doubled, late and out of
// order, sweeps in between and transactions failing: in the end the public sees what the systems' APIs say, and every
// change was applied once at most.
func TestWhateverIsLostLateOrDouble(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	space, site := s.newSpace(), s.newSite()
	rapid.Check(t, func(r *rapid.T) {
		if _, err := s.db.Exec(t.Context(), "delete from plays; delete from cms_deliveries; delete from cms_heads; delete from cms_sweeps"); err != nil {
			t.Fatal(err)
		}
		space.log, space.expired, site.items, site.order = nil, false, map[string]map[string]string{}, nil
		l := &life{rapid: r, stage: s, space: space, site: site, last: map[string]string{}}
		fails := rapid.SliceOfN(rapid.Bool(), 0, 20).Draw(r, "failures")
		s.plays.before = func() error {
			if len(fails) == 0 {
				return nil
			}
			fail := fails[0]
			fails = fails[1:]
			if fail {
				return errors.New("the connection broke")
			}
			return nil
		}
		for range rapid.IntRange(1, 12).Draw(r, "events") {
			l.event()
			l.deliver()
			switch rapid.SampledFrom([]string{"", "", "work", "work", "sweep", "expired"}).Draw(r, "then") {
			case "work":
				s.finish()
			case "sweep":
				s.sweepAll(s.contentful)
				s.sweepAll(s.umbraco)
			case "expired":
				space.expired = true
				_, _ = s.sweepPageDue(s.contentful)
				space.expired = false
			}
		}
		for len(l.late) > 0 && rapid.Bool().Draw(r, "the rest arrives") {
			l.deliver()
		}
		fails = nil
		s.sweepAll(s.contentful)
		s.sweepAll(s.umbraco)
		s.hasten()
		s.finish()
		s.sweepAll(s.contentful) // the first may have ended a pass that began long ago
		s.sweepAll(s.umbraco)    // the first may have listed what was told late
		for range surelyGone {   // an API that does not know what was published is asked so often
			s.hasten()
			s.finish()
		}
		for id, want := range l.last {
			if got := l.seen(id); got != want {
				r.Errorf("%s: the public sees %q, want %q; %v", id, got, want, s.states(id))
			}
		}
		var twice int
		if err := s.db.QueryRow(t.Context(), `select count(*) from (select from cms_deliveries where outcome = 'applied' group by source, entry_id, stamp_at, stamp_revision having count(*) > 1) x`).Scan(&twice); err != nil || twice > 0 {
			r.Errorf("%d changes were applied twice (%v)", twice, err)
		}
		var open int
		if err := s.db.QueryRow(t.Context(), `select count(*) from cms_deliveries where state <> 'done'`).Scan(&open); err != nil || open > 0 {
			r.Errorf("%d deliveries are open at the end (%v): %v", open, err, s.states())
		}
	})
	t.Log("injected: webhooks lost, doubled, late and out of order, transactions that fail, drawn at random")
	t.Log("users saw: what the editors' system says")
	t.Log("found: nothing was applied twice, nothing is open")
}

// life is what happens to a few entries.
type life struct {
	rapid *rapid.T
	*stage
	space  *spaceAPI
	site   *site
	minute int
	last   map[string]string // what the public must see in the end: a title, or "" for nothing
	late   []func() int      // webhooks that have not arrived yet
}

// event changes an entry in its system, which sends a webhook.
func (l *life) event() {
	l.minute++
	i := rapid.IntRange(0, 2).Draw(l.rapid, "entry")
	title := fmt.Sprint("title ", l.minute)
	publish := rapid.IntRange(0, 2).Draw(l.rapid, "publish") > 0
	if rapid.Bool().Draw(l.rapid, "contentful") {
		l.eventOfContentful(fmt.Sprint("entry", i), title, publish)
		return
	}
	l.eventOfUmbraco(fmt.Sprintf("c1922956-7855-4fa0-8f2c-7af149a9200%d", i), title, publish)
}

func (l *life) eventOfContentful(id, title string, publish bool) {
	if !publish {
		if l.last[id] == "" { // there is nothing to take back
			return
		}
		body := tombstone(id, "production", at(l.minute), l.minute)
		l.space.log = append(l.space.log, body)
		l.last[id] = ""
		l.sent(func() int { return l.send("unpublish", body) })
		return
	}
	body := entry(id, "production", title, at(l.minute), l.minute, "")
	l.space.log = append(l.space.log, body)
	l.last[id] = title
	l.sent(func() int { return l.send("publish", body) })
}

func (l *life) eventOfUmbraco(id, title string, publish bool) {
	if !publish {
		if l.last[id] == "" {
			return
		}
		l.site.items[id] = map[string]string{}
		l.last[id] = ""
		event := rapid.SampledFrom([]string{"Umbraco.ContentUnpublish", "Umbraco.ContentDeleted"}).Draw(l.rapid, "end")
		l.sent(func() int { return l.tell(event, only(id)) })
		return
	}
	body := item(id, "production", title, at(l.minute))
	l.site.put(id, "en-GB", body)
	l.last[id] = title
	payload := rapid.SampledFrom([]string{body, pascal(body), only(id)}).Draw(l.rapid, "payload")
	l.sent(func() int { return l.tell("Umbraco.ContentPublish", payload) })
}

// sent is lost, arrives once, or twice: some time.
func (l *life) sent(webhook func() int) {
	for range rapid.IntRange(0, 2).Draw(l.rapid, "times") {
		l.late = append(l.late, webhook)
	}
}

// deliver has some of what is under way arrive, in any order.
func (l *life) deliver() {
	for len(l.late) > 0 && rapid.Bool().Draw(l.rapid, "arrives") {
		i := rapid.IntRange(0, len(l.late)-1).Draw(l.rapid, "which")
		webhook := l.late[i]
		l.late = append(l.late[:i:i], l.late[i+1:]...)
		if status := webhook(); status != http.StatusAccepted && status != http.StatusOK {
			l.rapid.Fatalf("answered %d", status)
		}
	}
}

// seen is the title that the public sees, or "".
func (l *life) seen(id string) string {
	l.t.Helper()
	var title string
	err := l.db.QueryRow(l.t.Context(), "select coalesce((select title from plays where id = $1 and action = 'publish'), '')", id).Scan(&title)
	if err != nil {
		l.t.Fatal(err)
	}
	return title
}
