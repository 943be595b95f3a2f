package page_test

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stagedoor/stagedoor/edge/page"
	"github.com/stagedoor/stagedoor/edge/site"
	"github.com/stagedoor/stagedoor/waitingroom/shuffle"
	"github.com/stagedoor/stagedoor/waitingroom/state"
)

func TestWhoTakesPartInADrawCanCheckIt(t *testing.T) {
	t.Parallel()
	seed := shuffle.Seed{9}
	commit := shuffle.Commit(seed, "hamlet", "<1>")
	q := page.Queue{Room: "hamlet", Phase: state.PreQueue, Ahead: -1, SeatsLeft: -1, Draw: &state.Draw{Event: "<1>", Commit: commit[:]}, Visitor: [16]byte{7}}
	type facts struct{ Draw map[string]string }
	read := func() (html string, f facts) {
		t.Helper()
		if err := json.Unmarshal(page.AppendQueueJSON(nil, &q), &f); err != nil {
			t.Fatal(err)
		}
		return string(page.AppendQueueHTML(nil, &site.Site{Name: "Lyceum"}, &q, "n")), f
	}
	html, f := read()
	command := "stagedoor room verify --room hamlet --event &lt;1&gt; --commitment " + hex.EncodeToString(commit[:]) + " --visitor 07" + strings.Repeat("0", 30)
	if !strings.Contains(html, command+"</code>") || f.Draw["seed"] != "" || f.Draw["commitment"] != hex.EncodeToString(commit[:]) || f.Draw["event"] != "<1>" {
		t.Errorf("before the sale: %+v\n%s", f, html)
	}
	q.Draw.Seed = &seed
	if html, f = read(); !strings.Contains(html, command+" --seed 09") || f.Draw["seed"] != hex.EncodeToString(seed[:]) {
		t.Errorf("once it has begun: %+v\n%s", f, html)
	}
	q.Draw = nil
	if html, f = read(); strings.Contains(html, "verify") || f.Draw != nil {
		t.Errorf("without a lottery: %+v\n%s", f, html)
	}
}
